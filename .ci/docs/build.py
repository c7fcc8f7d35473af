"""Builds the site in _docs/: every notebook with its outputs, the results with their executed notebooks, and a page
of signatures and comments for every module. `make docs` calls it.

The notebooks are executed once and kept in cache/docs (see execute.py), so a build goes on where it was interrupted.
Sphinx with MyST-NB, as its pages are small, open from the disk with search and all, and fetch nothing from elsewhere."""
import os, re, shutil, subprocess, sys, time
from html import unescape
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

def links_of(text): # matches of `link`
    "Links and pictures of markdown, but not in fenced code"
    fence = False
    for l in text.split('\n'):
        if l.lstrip().startswith('```'): fence = not fence
        elif not fence: yield from link.finditer(l)

class Site:
    "The sources of the pages, collected before they are written"
    def __init__(self):
        skip = lambda p: any(o.startswith(('.', '_')) for o in p.relative_to(root).parts)
        self.notebooks = sorted(p for p in (root/'nbs').rglob('*.ipynb') if not skip(p) and p.name != 'index.ipynb')
        self.runs = sorted(p for p in run.rglob('*.ipynb') if '.partial' not in p.name)
        self.modules = modules()
        self.pages = {p: p.relative_to(root).as_posix() for p in [*self.notebooks, *self.runs]} # file -> page, in the same place
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
        return found

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
            imported = {n.split(' as ')[0].strip() for g in re.findall(rf'from {re.escape(m.name)} import ([^\n]+)', code) for n in g.strip('()').split(',')}
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
            lines.append(l if fence or l.startswith('#') else re.sub(r'(?<![`\[{}:\w])`([A-Za-z_][\w.]*)`(?!`)', one, l))
        return '\n'.join(lines)

    def notebook(self, nb, path):
        "A notebook as a page: hidden cells go, exported ones are marked"
        page, names, title = self.pages[path], self.named(nb), None
        module = next((m for m in self.modules if m.notebook == path), None)
        cells = []
        for c in nb.cells:
            if c.cell_type == 'code':
                d = directives(c)
                if d & {'hide', 'default_exp'} or not c.source.strip(): continue
                c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M).strip('\n')
                c.metadata = nbformat.from_dict({'tags': ['exported']} if d & {'export', 'exports'} else {})
                c.outputs = [o for o in c.outputs if 'application/vnd.jupyter.widget-view+json' not in o.get('data', {})]
            elif c.cell_type == 'markdown': c.source = self.refer(self.relink(c.source, path.parent, page), names)
            else: continue
            cells.append(c)
        first = cells[0] if cells else None
        if not first or not first.source.startswith('# '): sys.exit(f'{page} does not begin with a title.')
        if path in self.runs: title = self.run_title(path); first.source = re.sub(r'^# .*', lambda m: f'{m[0]}: {title}', first.source)
        about = [f'Exports {{py:mod}}`{module.name}`: a blue bar marks what the package holds.'] if module else []
        if path in self.notebooks: self.files.add(path); about += [f'Download: [{path.name}](repo:{path.name})']
        if path in self.runs: about += ['A run that papermill executed.']
        first.source += '\n\n*' + ' '.join(about) + '*'
        nb.cells, nb.metadata = cells, nbformat.from_dict(dict(kernelspec=dict(name='python3', display_name='Python 3', language='python'), language_info=dict(name='python')))
        self.text[page] = nbformat.writes(nb) + '\n'

    def run_title(self, path): # such as `EXPR DDAMFN+Fc seed0`
        "What a run is called in lists"
        return ' '.join(o for o in path.relative_to(run).with_suffix('').parts if o != 'run')

def escape(s): # markdown
    "Text that is no markdown but for its backticks"
    return ''.join(p if i % 2 else re.sub(r'([*_<>\[\]$|#~^])', r'\\\1', p) for i, p in enumerate(re.split(r'(`[^`]*`)', s)))

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
    args = ', '.join(n + (f': {a}' if a else '') + (f' = {d}' if d and a else f'={d}' if d else '') for n, a, d, _ in m.params)
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
        head = f'# {m.name}\n\n{escape(m.doc)}\n\n' + (f'Reasons, examples and tests: [{m.notebook.stem}]({nb})\n\n' if nb else '')
        site.text[f'api/{m.name}.md'] = head + f'```{{py:module}} {m.name}\n```\n\n' + '\n'.join(directive(o) for o in m.members)
        names = ' '.join(f'{{py:obj}}`{o.name} <{m.name}.{o.name}>`' for o in m.members if o.kind != 'constant')
        rows.append(f'| [{m.name}](api/{m.name}.md) | {escape(m.doc)} | {names} |')
    site.text['api.md'] = '# Modules\n\nEvery public name with its signature and what its parameters mean, from the comments in the source.\n\n| module | | functions and classes |\n|---|---|---|\n' + '\n'.join(rows) + '\n\n' + toctree('', [f'api/{m.name}' for m in site.modules])

def toctree(caption, docs): # markdown
    "A list of pages for the side bar"
    return '\n'.join(['```{toctree}', ':hidden:', *([f':caption: {caption}'] if caption else []), '', *docs, '```', ''])

def grouped(notebooks): # caption -> paths
    "Notebooks by room, in the order of nbs/README.md; those at the top first, those that define no module last"
    captions = {'nbs': 'First and last'} | {room: f'{room}: {job}' for room, (_, job) in rooms().items()} | beside
    out = {}
    for folder, caption in captions.items():
        if found := [p for p in notebooks if p.parent.name == folder]: out[caption] = found
    return out

def contents(site):
    "Lists of the pages, and the front page"
    groups = grouped(site.notebooks)
    doc = lambda p: site.pages[p].removesuffix('.ipynb').removesuffix('.md')
    lines = ['# Notebooks', '', 'In reading order: each defines one module of the package, with the reasons, examples and tests beside the code.', '']
    for caption, ps in groups.items():
        lines += [f'## {caption}', '', *(f'- [{p.stem}]({site.pages[p]}){subtitle(p)}' for p in ps), '']
    site.text['notebooks.md'] = '\n'.join(lines)
    report = os.path.relpath(run/'index.html', root)
    site.files |= {p for p in run.rglob('*') if p.is_file() and p.suffix != '.tmp' and '.partial' not in p.name}
    byfolder = {}
    for p in site.runs: byfolder.setdefault(p.relative_to(run).parts[0] if len(p.relative_to(run).parts) > 1 else '', []).append(p)
    lines = ['# Results', '', 'The reference run on rendered faces: what `make table` wrote, with 3 seeds.', '',
             f'- [The report on one page](repo:{report})', *(f'- [{n}](repo:{(run/n).relative_to(root)})' for n in ('table3.csv', 'variants.csv', 'comparisons.csv', 'smoothing.csv', 'details.csv', 'beyond/beyond.csv', 'beyond/beyond.md', 'cards.md') if (run/n).exists()), '']
    for k, ps in byfolder.items(): lines += [f'## {k or "The run"}', '', *(f'- [{site.run_title(p)}]({site.pages[p]})' for p in ps), '']
    site.text['results.md'] = '\n'.join(lines) + '\n' + toctree('', [f'{site.run_title(p)} <{doc(p)}>' for p in site.runs])
    front = site.relink(readme().split('-->', 1)[1].lstrip(), root, 'index.md')
    trees = [toctree(caption.partition(':')[0], [f'{p.stem} <{doc(p)}>' for p in ps]) for caption, ps in groups.items()]
    site.text['index.md'] = front + '\n' + toctree('Contents', ['notebooks', 'results', 'api']) + '\n' + '\n'.join(trees)

def subtitle(p): # such as `: What learns`
    "The second line of a notebook's title"
    m = re.search(r'^> (.+)', nbformat.read(p, 4).cells[0].source, re.M)
    return f': {m[1]}' if m else ''

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

def copy(site):
    "Files that pages lead to, in the same place below the site; the report leads to the pages of its notebooks"
    for p in sorted(site.files):
        to = html/p.relative_to(root)
        if p in site.runs: continue
        to.parent.mkdir(parents=True, exist_ok=True)
        if p == run/'index.html':
            text = p.read_text(encoding='utf8')
            to.write_text(re.sub(r'href="([^"]+)\.ipynb"', lambda m: f'href="{m[1]}.html"' if (html/run.relative_to(root)/(unescape(m[1]) + '.html')).exists() else m[0], text), encoding='utf8')
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
    r = subprocess.run([sys.executable, '-m', 'sphinx', '-q', '-b', 'html', '-W', '--keep-going', '-c', str(here), '-d', str(src.with_name('doctrees')), str(src), str(html)],
                       env=dict(os.environ, PYTHONPATH=str(root)))
    if r.returncode: sys.exit('Sphinx has warned of something: see above.')
    keep = {Path(p).with_suffix('.html') for p in site.text} | {Path(f'{n}.html') for n in ('genindex', 'py-modindex', 'search')}
    for p in html.rglob('*.html'):
        if p.relative_to(html) not in keep: p.unlink() # a page of an earlier build
    copy(site)
    said, found = check(html, site.pages.values())
    print('\n'.join(found) or said)
    if found: return 1
    new = out.with_name('_docs.tmp')
    for p in (new, out): shutil.rmtree(p, ignore_errors=True)
    shutil.copytree(html, new, ignore=shutil.ignore_patterns('.buildinfo', '_sources', 'objects.inv'))
    new.rename(out)
    size = sum(p.stat().st_size for p in out.rglob('*') if p.is_file())/1e6
    print(f'{len(site.text)} pages, {size:.0f} MB, {time.time() - start:.0f} s: open {out.name}/index.html')

if __name__ == '__main__': sys.exit(main())
