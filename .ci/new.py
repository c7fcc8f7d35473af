"""Starts a notebook in house style: `new.py 23c_models.mine` writes nbs/23c_models.mine.ipynb, which defines
`abaw.models.mine`. Names are two digits, perhaps a letter, `_`, and the module's name with dots."""
import json, keyword, re, sys, uuid
from pathlib import Path

root = Path(__file__).resolve().parent.parent
name = re.compile(r'\d\d[a-z]?_[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)*')

def fault(stem): # sentence, or None
    "Why a notebook of this name cannot be made"
    if not name.fullmatch(stem): return f'{stem or "An empty name"} is no name for a notebook: write two digits, perhaps a letter, _ and the name of a module, such as NAME=23c_models.mine.'
    module = stem.split('_', 1)[1]
    if any(keyword.iskeyword(o) for o in module.split('.')): return f'{module} cannot be imported, as it holds a word of Python: choose another name.'
    if (root/'nbs'/f'{stem}.ipynb').exists(): return f'nbs/{stem}.ipynb exists: choose another name.'
    file = root/'abaw'/(module.replace('.', '/') + '.py')
    if file.exists(): return f'The module abaw.{module} exists, made by another notebook: choose another name.'
    if file.with_suffix('').is_dir(): return f'abaw.{module} holds other modules, so it cannot be one: choose a name such as {stem}.mine.'
    taken = [p for p in (root/'abaw'/'/'.join(module.split('.')[:i]) for i in range(1, module.count('.') + 1)) if p.with_suffix('.py').exists()]
    if taken: return f'{taken[0].relative_to(root)}.py is a module, so nothing can lie below it: choose another name.'

def cells(stem): # (kind, source) of each
    "Title, module, imports, hidden imports, a first idea with its example and tests"
    module = stem.split('_', 1)[1]
    yield 'markdown', f'# {module}\n\n> One line that says what this is for'
    yield 'code', f'#| default_exp {module}'
    yield 'code', '#| export\nimport numpy as np'
    yield 'code', '#| hide\nfrom fastcore.test import test_eq, test_close, test_fail'
    yield 'markdown', '## A first idea\n\nWhy it is needed, in a line or two; then a small function, its value, and the tests that pin it. How far a signal moves from frame to frame says whether smoothing it would help.'
    yield 'code', '''#| export
def movement(
    values:np.ndarray, # (frames,) one output over a video, in order of the frames
)->float: # mean absolute difference between neighbours, 0 for a single frame
    "How much an output moves from frame to frame; raises a `ValueError` where there is none"
    if np.ndim(values) != 1 or not len(values): raise ValueError(f'expected one output over at least one frame, and got shape {np.shape(values)}')
    return float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.'''
    yield 'code', 'movement(np.array([0., .5, .5, -.5]))'
    yield 'code', '''test_close(movement(np.array([0., .5, .5, -.5])), (.5 + 0 + 1)/3)
test_eq(movement(np.array([.3])), 0.)
test_fail(lambda: movement(np.zeros((2, 2))), contains='got shape (2, 2)')'''

def main(stem):
    "Write it, under a temporary name first"
    why = fault(stem)
    if why: sys.exit(why)
    out = []
    for kind, source in cells(stem):
        c = dict(cell_type=kind, id=uuid.uuid4().hex[:8], metadata={}, source=source.splitlines(True))
        out.append(c if kind == 'markdown' else dict(cell_type=kind, execution_count=None, id=c['id'], metadata={}, outputs=[], source=c['source']))
    nb = dict(cells=out, metadata=dict(kernelspec=dict(display_name='python3', language='python', name='python3')), nbformat=4, nbformat_minor=5)
    path = root/'nbs'/f'{stem}.ipynb'
    tmp = path.with_suffix('.tmp')
    tmp.write_text(json.dumps(nb, indent=1, ensure_ascii=False) + '\n', encoding='utf8')
    tmp.rename(path)
    print(f'nbs/{stem}.ipynb is written: open it with make lab, then nbdev_export makes abaw.{stem.split("_", 1)[1]} of it.')

if __name__ == '__main__': main(sys.argv[1] if len(sys.argv) == 2 else '')
