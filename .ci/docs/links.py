"Says which links and pictures of a site lead nowhere, and what a page would fetch from elsewhere"
import os, sys
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

class Page(HTMLParser):
    "Links, pictures and names of one page"
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.ids |= {a[k] for k in ('id', 'name') if a.get(k)}
        for k in ('href', 'src', 'poster'):
            if a.get(k) is not None: self.links.append((tag, a[k], a.get('rel')))

def check(folder, pages=()): # what was checked, sentences
    "`pages` are files that should have become pages, such as `nbs/01_tasks.ipynb`"
    folder, found, n = Path(folder).resolve(), [], 0
    read = lru_cache(None)(lambda p: Page(p.read_text(encoding='utf8'))) # each page once
    size = lru_cache(None)(lambda p: -1 if p.is_dir() else p.stat().st_size if p.exists() else None)
    def has(p, part): return not part or p.suffix != '.html' or unquote(part) in read(p).ids
    for p in pages:
        if not (folder/p).with_suffix('.html').exists(): found.append(f'{p} has no page.')
    html = sorted(folder.rglob('*.html'))
    for p in html:
        for tag, to, rel in list(read(p).links):
            where, u = p.relative_to(folder), urlsplit(to)
            if u.scheme in ('http', 'https') or to.startswith('//'):
                if tag != 'a' and rel not in ('canonical', 'prev', 'next'): found.append(f'{where} would fetch {to}.')
                continue
            if u.scheme: continue # data:, mailto:
            n += 1
            q = Path(os.path.normpath(p.parent/unquote(u.path))) if u.path else p
            if size(q) == -1: found.append(f'{where} links to {to}, which is a folder.')
            elif size(q) is None or not q.is_relative_to(folder): found.append(f'{where} links to {to}: no such file.')
            elif not size(q): found.append(f'{where} links to {to}, which is empty.')
            elif not has(q, u.fragment): found.append(f'{where} links to {to}, and {q.name} has no such part.')
    good = f'{len(html)} pages, {n:,} links and pictures within the site'
    return f'{good}: all lead somewhere, none is fetched from elsewhere', found

if __name__ == '__main__':
    good, found = check(sys.argv[1])
    print('\n'.join(found) or good)
    sys.exit(bool(found))
