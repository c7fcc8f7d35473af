"""Builds the site in _docs/: every notebook with its outputs, the results with their executed notebooks, and a page
of signatures and comments for every module. `make docs` calls it.

The notebooks are executed once and kept in cache/docs (see execute.py), so a build goes on where it was interrupted.
Sphinx with MyST-NB, as its pages are small, open from the disk with search, and fetch nothing from elsewhere."""
import os, re, shutil, subprocess, sys, time
from html import unescape
from itertools import groupby
from pathlib import Path

import nbformat

here = Path(__file__).resolve().parent
root = here.parent.parent
sys.path[:0] = [str(here), str(here.parent), str(root)]
from check_docs import modules # noqa
from execute import directives, execute_all # noqa
from links import check # noqa
from make_readme import link, readme # noqa
from rooms import rooms # noqa

src, html, out = root/'cache/docs/source', root/'cache/docs/html', root/'_docs'
run = root/'results/rendered/default'
beside = dict(explore='Explore', experiments='What papermill runs')
kernel = dict(name='python3', display_name='Python 3', language='python')
tables = ('table3.csv', 'variants.csv', 'comparisons.csv', 'smoothing.csv', 'details.csv', 'beyond/beyond.csv',
    'beyond/beyond.md', 'cards.md')
about_results = 'The reference run on rendered faces: what `make table` wrote, with 3 seeds.'
about_notebooks = 'In reading order: each defines one module, with the reasons, examples and tests beside the code.'
about_modules = ('Every public name with its signature and what its parameters mean, from the comments in the source.'
    '\n\n| module | | functions and classes |\n|---|---|---|\n')

in_backticks = re.compile(r'(?<![`\[{}:\w])`([A-Za-z_][\w.]*)`(?!`)')

def links_of(text): # matches of `link`
    "Links and pictures of markdown, but not in fenced code"
    fence = False
    for l in text.split('\n'):
        if l.lstrip().startswith('```'): fence = not fence
        elif not fence: yield from link.finditer(l)

def lost_in(name): # sentences
    "Links of a file that is no page of the site, to what is not there"
    path = root/name
    for m in links_of(path.read_text(encoding='utf8')):
        if not (path.parent/m[2]).exists(): yield f'{name} links to {m[2]}, and there is no such file.'

class Site:
    "The sources of the pages, collected before they are written"
    def __init__(self):
        skip = lambda p: any(o.startswith(('.', '_')) for o in p.relative_to(root).parts)
        self.notebooks = sorted(p for p in (root/'nbs').rglob('*.ipynb') if not skip(p) and p.name != 'index.ipynb')
        self.runs = sorted(p for p in run.rglob('*.ipynb') if '.partial' not in p.name)
        self.modules = modules()
        # file -> page, in the same place
        self.pages = {p: p.relative_to(root).as_posix() for p in [*self.notebooks, *self.runs]}
        self.pages |= {root/'nbs/index.ipynb': 'index.md', root/'README.md': 'index.md', run: 'results.md'}
        self.pages |= {root/'nbs'/d: 'notebooks.md' for d in ('', 'README.md', *rooms(), *beside)}
        self.files, self.text = set(), {} # files that pages link to; page -> its source

    def fault(self, to, folder): # sentence, or None
        "Why a link of a notebook or README in `folder` leads nowhere"
        if re.match(r'[a-z][a-z0-9+.-]*:|/|#', to, re.I): return None
        p = (folder/to.partition('#')[0]).resolve()
        if p in self.pages: return None
        if not p.exists(): return f'links to {to}, and there is no {os.path.relpath(p, root)}.'
        return f'links to the folder {to}, which has no page.' if p.is_dir() else None

    def faults(self): # sentences
        "What is wrong with the links of all notebooks and of the front page; nothing has to be executed for that"
        found = []
        for p in [*self.notebooks, *self.runs]:
            cells = nbformat.read(p, 4).cells
            for to in (m[2] for c in cells if c.cell_type == 'markdown' for m in links_of(c.source)):
                if why := self.fault(to, p.parent): found.append(f'{p.relative_to(root)} {why}')
        found += [f'README.md {why}' for m in links_of(readme()) if (why := self.fault(m[2], root))]
        return [*found, *lost_in('nbs/README.md'), *lost_in('results/README.md')]

    def target(self, to, folder, page): # link for a page
        "A link of a notebook or README in `folder`, as the page needs it"
        if why := self.fault(to, folder): sys.exit(f'{page} {why}')
        if re.match(r'[a-z][a-z0-9+.-]*:|/|#', to, re.I): return to
        to, _, part = to.partition('#')
        p, base = (folder/to).resolve(), Path(page).parent
        part = f'#{part}' if part else ''
        if p in self.pages: return os.path.relpath(self.pages[p], base) + part
        self.files.add(p)
        if p.suffix in ('.png', '.svg', '.jpg'): return os.path.relpath(p.relative_to(root), base)
        return 'repo:' + os.path.relpath(p.relative_to(root), base) + part

    def relink(self, text, folder, page): # markdown
        "Links and pictures of markdown, but not in fenced code"
        lines, fence = [], False
        for l in text.split('\n'):
            if l.lstrip().startswith('```'): fence = not fence
            lines.append(l if fence else link.sub(lambda m: m[1] + self.target(m[2], folder, page), l))
        return '\n'.join(lines)

    def named(self, nb): # name -> where it is described
        "Public names that a notebook defines or imports, for links to their descriptions"
        code = '\n'.join(c.source for c in nb.cells if c.cell_type == 'code')
        own = {f'abaw.{m}' for m in re.findall(r'#\| *default_exp +(\S+)', code)}
        seen = {}
        for m in self.modules:
            lists = re.findall(rf'from {re.escape(m.name)} import ([^\n]+)', code)
            imported = {n.split(' as ')[0].strip() for names in lists for n in names.strip('()').split(',')}
            seen |= {o.name: f'{m.name}.{o.name}' for o in m.members if o.name in imported or m.name in own}
        return seen

    def refer(self, text, names): # markdown
        "Names in backticks lead to their descriptions"
        known = {f'{m.name}.{o.name}' for m in self.modules for o in m.members}
        def one(m):
            full = names.get(m[1], m[1] if m[1] in known else None)
            return f'{{py:obj}}`{m[1]} <{full}>`' if full else m[0]
        lines, fence = [], False
        for l in text.split('\n'):
            if l.lstrip().startswith('```'): fence = not fence
            lines.append(l if fence or l.startswith('#') else in_backticks.sub(one, l))
        return '\n'.join(lines)

    def notebook(self, nb, path):
        "A notebook as a page: hidden cells go, exported ones are marked"
        page, names = self.pages[path], self.named(nb)
        for c in nb.cells:
            if c.cell_type == 'markdown': c.source = self.refer(self.relink(c.source, path.parent, page), names)
        nb.cells = [c for c in map(shown_cell, nb.cells) if c]
        first = nb.cells[0] if nb.cells else None
        if not first or not first.source.startswith('# '): sys.exit(f'{page} does not begin with a title.')
        if path in self.runs: first.source = re.sub(r'^# .*', lambda m: f'{m[0]}: {self.run_title(path)}', first.source)
        first.source += '\n\n*' + ' '.join(self.about(path)) + '*'
        nb.metadata = nbformat.from_dict(dict(kernelspec=kernel, language_info=dict(name='python')))
        self.text[page] = nbformat.writes(nb) + '\n'

    def about(self, path): # sentences
        "What a page's first line says of its notebook"
        module = next((m for m in self.modules if m.notebook == path), None)
        if module: yield f'Exports {{py:mod}}`{module.name}`: a blue bar marks what the package holds.'
        if path in self.notebooks:
            self.files.add(path)
            yield f'Download: [{path.name}](repo:{path.name})'
        if path in self.runs: yield 'A run that papermill executed.'

    def run_title(self, path): # such as `EXPR DDAMFN+Fc seed0`
        "What a run is called in lists"
        return ' '.join(o for o in path.relative_to(run).with_suffix('').parts if o != 'run')

def shown_cell(c): # cell, or None
    "A cell as a page shows it: without directives and widgets, and not at all where it is hidden"
    if c.cell_type == 'markdown': return c
    d = directives(c)
    if c.cell_type != 'code' or d & {'hide', 'default_exp'} or not c.source.strip(): return None
    c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M).strip('\n')
    c.metadata = nbformat.from_dict(dict(tags=['exported']) if d & {'export', 'exports'} else {})
    c.outputs = [o for o in c.outputs if 'application/vnd.jupyter.widget-view+json' not in o.get('data', {})]
    return c

def escape(s): # markdown
    "Text that is no markdown but for its backticks"
    parts = re.split(r'(`[^`]*`)', s)
    return ''.join(p if i % 2 else re.sub(r'([*_<>\[\]$|#~^])', r'\\\1', p) for i, p in enumerate(parts))

def code(s): return '`' + s.replace('|', '\\|') + '`' if s and '`' not in s else s or ''

def table(m): # markdown
    "Parameters with types, defaults and comments, and what is returned"
    anno, comment, something = m.returns
    rows = [(f'`{n}`', code(a), code(d), escape(c or '')) for n, a, d, c in m.params]
    if comment or anno: rows.append(('*returns*', code(anno), '', escape(comment or '')))
    if not rows: return ''
    # a column that says nothing goes
    head = ['', 'type', 'default', '']
    keep = [i for i in range(4) if i == 0 or any(r[i] for r in rows)]
    pick = lambda r: '| ' + ' | '.join(r[i] or ' ' for i in keep) + ' |'
    return '\n'.join([pick(head), '|' + '---|'*len(keep), *map(pick, rows)]) + '\n'

def signature(m): # text
    "As in the source, without comments"
    def one(name, annotation, default, _):
        if not annotation: return f'{name}={default}' if default else name
        return f'{name}: {annotation}' + (f' = {default}' if default else '')
    args = ', '.join(one(*p) for p in m.params)
    return f'{m.name.split(".")[-1]}({args})' + (f' -> {m.returns[0]}' if m.returns[0] else '')

def directive(m, depth=4): # markdown
    "A member as Sphinx's Python domain has it"
    fence = '`'*(depth + (m.kind == 'class'))
    if m.kind == 'constant':
        value = m.value if len(m.value) < 200 else m.value[:200] + ' …'
        return f'{fence}{{py:data}} {m.name}\n:value: {value}\n\n{escape(m.doc)}\n{fence}\n'
    sig = m.name.split('.')[-1] if m.kind == 'property' else signature(m)
    body = [escape(m.doc), table(m)]
    if m.kind == 'class' and m.bases: body.insert(0, 'Bases: ' + ', '.join(f'`{b}`' for b in m.bases))
    body += [directive(o, depth) for o in m.methods]
    return '\n'.join([f'{fence}{{py:{m.kind}}} {sig}', '', '\n\n'.join(filter(None, body)), fence, ''])

def api(site):
    "A page for each module, and one that lists them"
    rows = []
    for m in site.modules:
        nb = m.notebook and os.path.relpath(site.pages[m.notebook], 'api')
        head = [f'# {m.name}', escape(m.doc)]
        if nb: head.append(f'Reasons, examples and tests: [{m.notebook.stem}]({nb})')
        head.append(f'```{{py:module}} {m.name}\n```')
        site.text[f'api/{m.name}.md'] = '\n\n'.join([*head, '\n'.join(directive(o) for o in m.members)])
        names = ' '.join(f'{{py:obj}}`{o.name} <{m.name}.{o.name}>`' for o in m.members if o.kind != 'constant')
        rows.append(f'| [{m.name}](api/{m.name}.md) | {escape(m.doc)} | {names} |')
    pages = toctree('', [f'api/{m.name}' for m in site.modules])
    site.text['api.md'] = f'# Modules\n\n{about_modules}' + '\n'.join(rows) + f'\n\n{pages}'

def toctree(caption, docs): # markdown
    "A list of pages for the side bar"
    return '\n'.join(['```{toctree}', ':hidden:', *([f':caption: {caption}'] if caption else []), '', *docs, '```', ''])

def grouped(notebooks): # caption -> paths
    "Notebooks by room, in the order of nbs/README.md; those at the top first, those that define no module last"
    captions = {'nbs': 'At the top'} | {room: f'{room}: {job}' for room, (_, job) in rooms().items()} | beside
    out = {}
    for folder, caption in captions.items():
        if found := [p for p in notebooks if p.parent.name == folder]: out[caption] = found
    return out

def contents(site):
    "Lists of the pages, and the front page"
    groups = {caption: [(p, *titles(p)) for p in ps] for caption, ps in grouped(site.notebooks).items()}
    lines = ['# Notebooks', '', about_notebooks, '']
    for caption, rows in groups.items():
        lines += [f'## {caption}', '', *(f'- [{title}]({site.pages[p]}){about}' for p, title, about in rows), '']
    site.text['notebooks.md'] = '\n'.join(lines)
    results(site)
    front = site.relink(readme().split('-->', 1)[1].lstrip(), root, 'index.md')
    trees = [toctree('Contents', ['notebooks', 'results', 'api'])]
    for caption, rows in groups.items():
        entries = [f'{title} <{document(site, p)}>' for p, title, _ in rows]
        trees.append(toctree(caption.partition(':')[0], entries))
    site.text['index.md'] = front + '\n' + '\n'.join(trees)

def results(site):
    "The list of what the reference run wrote"
    site.files |= {p for p in run.rglob('*') if p.is_file() and p.suffix != '.tmp' and '.partial' not in p.name}
    files = {'The report on one page': run/'index.html'} | {n: run/n for n in tables if (run/n).exists()}
    links = [f'- [{name}](repo:{p.relative_to(root)})' for name, p in files.items()]
    lines = ['# Results', '', about_results, '', *links, '']
    def folder(p): return '' if p.parent == run else p.relative_to(run).parts[0]
    for name, ps in groupby(sorted(site.runs, key=folder), key=folder):
        lines += [f'## {name or "The run"}', '', *(f'- [{site.run_title(p)}]({site.pages[p]})' for p in ps), '']
    pages = [f'{site.run_title(p)} <{document(site, p)}>' for p in site.runs]
    site.text['results.md'] = '\n'.join(lines) + '\n' + toctree('', pages)

def document(site, path): # such as nbs/score/01_metrics
    "The page of a notebook as Sphinx names it"
    return site.pages[path].removesuffix('.ipynb').removesuffix('.md')

def titles(path): # such as ('Metrics', ': CCC and F1')
    "The title of a notebook, and the line below it"
    text = nbformat.read(path, 4).cells[0].source
    about = re.search(r'^> (.+)', text, re.M)
    return text.split('\n')[0].lstrip('# '), f': {about[1]}' if about else ''

def write(site):
    "Write what changed, remove what is no more: Sphinx then reads only these"
    pictures = [p for p in site.files if p.suffix in ('.png', '.svg', '.jpg')]
    keep = {src/p for p in site.text} | {src/p.relative_to(root) for p in pictures}
    for p in src.rglob('*'):
        if p.is_file() and p not in keep: p.unlink()
    for page, text in site.text.items():
        p = src/page
        if p.exists() and p.read_text(encoding='utf8') == text: continue
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_text(text, encoding='utf8')
    for p in pictures:
        to = src/p.relative_to(root)
        to.parent.mkdir(parents=True, exist_ok=True)
        if not to.exists() or to.read_bytes() != p.read_bytes(): shutil.copyfile(p, to)

def to_page(m): # href
    "A link of the report to a notebook leads to its page, where there is one"
    page = html/run.relative_to(root)/(unescape(m[1]) + '.html')
    return f'href="{m[1]}.html"' if page.exists() else m[0]

def copy(site):
    "Files that pages lead to, in the same place below the site; the report leads to the pages of its notebooks"
    for p in sorted(site.files):
        to = html/p.relative_to(root)
        if p in site.runs: continue
        to.parent.mkdir(parents=True, exist_ok=True)
        if p == run/'index.html':
            text = re.sub(r'href="([^"]+)\.ipynb"', to_page, p.read_text(encoding='utf8'))
            to.write_text(text, encoding='utf8')
        elif not to.exists() or to.stat().st_mtime < p.stat().st_mtime: shutil.copy2(p, to)

def main():
    "Execute, write, build, check"
    start, site = time.time(), Site()
    if faults := site.faults(): sys.exit('\n'.join(faults))
    executed, failed = execute_all(site.notebooks, int(os.environ.get('WORKERS', 2)))
    if failed: sys.exit(f'{len(failed)} notebooks could not be executed; the site is not built.')
    for p in site.notebooks: site.notebook(executed[p], p)
    for p in site.runs: site.notebook(nbformat.read(p, 4), p)
    api(site)
    contents(site)
    write(site)
    options = '-q', '-b', 'html', '-W', '--keep-going', '-c', str(here), '-d', str(src.with_name('doctrees'))
    sphinx = [sys.executable, '-m', 'sphinx', *options, str(src), str(html)]
    r = subprocess.run(sphinx, env=dict(os.environ, PYTHONPATH=str(root)))
    if r.returncode: sys.exit('Sphinx has warned of something: see above.')
    made = [*site.text, 'genindex', 'py-modindex', 'search']
    keep = {Path(p).with_suffix('.html') for p in made}
    for p in html.rglob('*.html'):
        if p.relative_to(html) not in keep: p.unlink() # a page of an earlier build
    copy(site)
    good, found = check(html, site.pages.values())
    print('\n'.join(found) or good)
    if found: return 1
    new = out.with_name('_docs.tmp')
    for p in (new, out): shutil.rmtree(p, ignore_errors=True)
    shutil.copytree(html, new, ignore=shutil.ignore_patterns('.buildinfo', '_sources', 'objects.inv'))
    new.rename(out)
    size = sum(p.stat().st_size for p in out.rglob('*') if p.is_file())/1e6
    print(f'{len(site.text)} pages, {size:.0f} MB, {time.time() - start:.0f} s: open {out.name}/index.html')

if __name__ == '__main__': sys.exit(main())
