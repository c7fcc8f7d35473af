"""Writes README.md from nbs/index.ipynb; with --check only says whether it is fresh.

Links in the notebook are relative to nbs/, so that they work in Jupyter; in README.md they start at the top."""
import difflib, os.path, re, sys
from pathlib import Path

import nbformat, pandas as pd
from nbconvert import MarkdownExporter

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
from abaw.report.claims import claims, order_sentence, sentences # noqa

head = '<!-- Made from nbs/index.ipynb by `make readme`: edit the notebook. -->\n\n'
include = re.compile(r'<!-- include (\S+) -->') # the text of a file, such as a table that a run wrote
claimed = re.compile(r'<!-- (claims|order) (\S+) -->') # what the tests of a run say, and its baselines
seen = 'write links as seen from nbs/'
link = re.compile(r'(\]\(\s*<?|\b(?:src|href)=")([^)\s>"#]+)')

def relink(m): # the link as README.md has it
    "Move one relative link from nbs/ to the top"
    pre, to = m.groups()
    if re.match(r'[a-z][a-z0-9+.-]*:|/', to, re.I): return m[0]
    new = os.path.normpath(f'nbs/{to}')
    if not (root/new).exists(): sys.exit(f'nbs/index.ipynb links to {to}, and there is no {new}: {seen}.')
    return f'{pre}{new}'

def relink_text(src): # markdown
    "Move the links of a markdown cell, but not in fenced code"
    out, fence = [], False
    for line in src.split('\n'):
        if line.lstrip().startswith('```'): fence = not fence
        out.append(line if fence else link.sub(relink, line))
    return '\n'.join(out)

def included(m): # text
    "The file that an include names"
    return (root/'nbs'/m[1]).read_text(encoding='utf8').strip()

def said(m): # text
    "What the files of a run say of its rows: a list of sentences, or one"
    run = root/'nbs'/m[2]
    if m[1] == 'order': return order_sentence(pd.read_csv(run/'baselines.csv'))
    found = claims(run)
    frozen = ~(found.above + found.below).str.contains('finetune') # the others stand in the report
    return '\n'.join(f'- {s}' for s in sentences(found[frozen]))

def readme(): # text of README.md
    "The notebook as markdown, without hidden cells, directives and outputs"
    nb = nbformat.read(root/'nbs/index.ipynb', 4)
    hidden = re.compile(r'^#\| *(hide|default_exp)\b', re.M)
    nb.cells = [c for c in nb.cells if c.source.strip() and not hidden.search(c.source)]
    for c in nb.cells:
        if c.cell_type == 'markdown': c.source = claimed.sub(said, include.sub(included, relink_text(c.source)))
        if c.cell_type == 'code': c.source, c.outputs = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M), []
    nb.metadata['language_info'] = {'name': 'python'} # nbdev_clean removes it, and fences need it
    body, _ = MarkdownExporter().from_notebook_node(nb)
    return head + re.sub(r'\n{3,}', '\n\n', body).strip() + '\n'

if __name__ == '__main__':
    new, dst = readme(), root/'README.md'
    old = dst.read_text(encoding='utf8') if dst.exists() else ''
    if new == old: print('README.md is fresh')
    elif '--check' in sys.argv:
        a, b = old.splitlines(), new.splitlines()
        print(*list(difflib.unified_diff(a, b, 'README.md', 'nbs/index.ipynb', n=1, lineterm=''))[:40], sep='\n')
        sys.exit('README.md is stale: run make readme.')
    else:
        dst.write_text(new, encoding='utf8')
        print('README.md is written')
