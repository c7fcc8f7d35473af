"""Starts a notebook in house style: `new.py models/12_mine` writes nbs/models/12_mine.ipynb, which defines
`abaw.models.mine`. A name is a room, `/`, two digits, perhaps a letter, `_`, and the module's name."""
import json, keyword, re, sys, uuid
from pathlib import Path
from rooms import rooms

root = Path(__file__).resolve().parent.parent
pattern = re.compile(r'([a-z]+)/\d\d[a-z]?_([a-z][a-z0-9]*(?:_[a-z0-9]+)*)')
expected = 'write a room, two digits, perhaps a letter, _ and a module, such as NAME=models/12_mine'

def fault(name): # sentence, or None
    "Why a notebook of this name cannot be made"
    parts = pattern.fullmatch(name)
    if not parts: return f'{name or "An empty name"} is no name for a notebook: {expected}.'
    room, module = parts.groups()
    folders = ', '.join(r for r in rooms() if (root/'abaw'/r).is_dir())
    if room not in folders.split(', '): return f'There is no room {room}: choose one of {folders} (see nbs/README.md).'
    if keyword.iskeyword(module): return f'{module} cannot be imported, as it is a word of Python: choose another name.'
    if (root/'nbs'/f'{name}.ipynb').exists(): return f'nbs/{name}.ipynb exists: choose another name.'
    if (root/'abaw'/room/f'{module}.py').exists():
        return f'The module abaw.{room}.{module} exists, made by another notebook: choose another name.'

function = '''#| export
def movement(
    values:np.ndarray, # (frames,) one output over a video, in order of the frames
)->float: # mean absolute difference between neighbours, 0 for a single frame
    "How much an output moves from frame to frame; raises a `ValueError` where there is none"
    if np.ndim(values) != 1 or not len(values):
        raise ValueError(f'expected one output over at least one frame, and got shape {np.shape(values)}')
    return float(np.abs(np.diff(values)).mean()) if len(values) > 1 else 0.'''

tests = '''test_close(movement(np.array([0., .5, .5, -.5])), (.5 + 0 + 1)/3)
test_eq(movement(np.array([.3])), 0.)
test_fail(lambda: movement(np.zeros((2, 2))), contains='got shape (2, 2)')'''

def cells(room, module): # (kind, source) of each
    "Title, module, imports, hidden imports, a first idea with its example and tests"
    yield 'markdown', f'# {module}\n\n> One line that says what this is for'
    yield 'code', f'#| default_exp {room}.{module}'
    yield 'code', '#| export\nimport numpy as np'
    yield 'code', '#| hide\nfrom fastcore.test import test_eq, test_close, test_fail'
    yield 'markdown', ('## A first idea\n\nWhy it is needed, in a line or two; then a small function, its value, and '
        'the tests that pin it. How far a signal moves from frame to frame says whether smoothing would help.')
    yield 'code', function
    yield 'code', 'movement(np.array([0., .5, .5, -.5]))'
    yield 'code', tests

def cell(kind, source): # as a notebook file has it
    "A new cell"
    out = dict(cell_type=kind, id=uuid.uuid4().hex[:8], metadata={}, source=source.splitlines(True))
    return out if kind == 'markdown' else dict(out, execution_count=None, outputs=[])

def main(name):
    "Write it, under a temporary name first"
    why = fault(name)
    if why: sys.exit(why)
    room, module = pattern.fullmatch(name).groups()
    kernel = dict(display_name='python3', language='python', name='python3')
    made = [cell(*c) for c in cells(room, module)]
    nb = dict(cells=made, metadata=dict(kernelspec=kernel), nbformat=4, nbformat_minor=5)
    path = root/'nbs'/f'{name}.ipynb'
    tmp = path.with_suffix('.tmp')
    tmp.write_text(json.dumps(nb, indent=1, ensure_ascii=False) + '\n', encoding='utf8')
    tmp.rename(path)
    print(f'nbs/{name}.ipynb is written: open it with make lab, then nbdev_export makes abaw.{room}.{module} of it.')

if __name__ == '__main__': main(sys.argv[1] if len(sys.argv) == 2 else '')
