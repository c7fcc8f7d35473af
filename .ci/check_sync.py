"""Says where `abaw/` is not what the notebooks export (`sync`), or a notebook is not what nbdev_clean leaves (`clean`).

Works on a copy of the two folders, so that it leaves the tree alone and judges uncommitted work too."""
import difflib, json, os, shutil, subprocess, sys, tempfile
from pathlib import Path

root, bin = Path(__file__).resolve().parent.parent, Path(sys.executable).parent

def files(folder, suffix): # names below the folder
    "Files with this suffix; checkpoints, caches and whatever nbdev skips (`_x`, `.x`) left out for notebooks"
    out = [p.relative_to(folder) for p in folder.rglob(f'*{suffix}') if p.is_file()]
    skip = ('.', '_') if suffix == '.ipynb' else ('.', '__pycache__')
    return {p for p in out if not any(o.startswith(skip) for o in p.parts if o != '__init__.py')}

def copy(tmp):
    "The notebooks and modules, in `tmp`"
    shutil.copy(root/'settings.ini', tmp)
    left_out = shutil.ignore_patterns('__pycache__', '.ipynb_checkpoints', 'assets')
    for d in ['nbs', 'abaw']: shutil.copytree(root/d, tmp/d, ignore=left_out)

def nbdev(cmd, tmp):
    "Run one of nbdev's commands in `tmp`"
    env = {k:v for k,v in os.environ.items() if k not in ('IN_TEST', 'PYTHONPATH')}
    subprocess.run([sys.executable, bin/cmd], cwd=tmp, env=env, check=True)

def compare(name, tmp, cure): # sentences
    "One sentence and a diff for each file that differs between the tree and `tmp`"
    folder, suffix = ('abaw', '.py') if name == 'sync' else ('nbs', '.ipynb')
    a, b = files(root/folder, suffix), files(tmp/folder, suffix)
    for p in sorted(a|b):
        if p not in b: yield f'{folder}/{p} comes from no notebook: delete it, or write the notebook.'
        elif p not in a: yield f'{folder}/{p} is missing: {cure}.'
        elif (root/folder/p).read_bytes() != (tmp/folder/p).read_bytes():
            old, new = [(o/folder/p).read_text(encoding='utf8').splitlines() for o in (root, tmp)]
            lines = list(difflib.unified_diff(old, new, 'in the tree', 'as made', n=1, lineterm=''))
            yield '\n'.join([f'{folder}/{p} is stale: {cure}.', *lines[:40]])

def outputs(): # sentences
    "Notebooks that store outputs, which nbdev_clean keeps; the tour does so on purpose"
    for p in sorted(files(root/'nbs', '.ipynb') - {Path('00_tour.ipynb')}):
        cells = json.loads((root/'nbs'/p).read_text(encoding='utf8'))['cells']
        n = sum(bool(c.get('outputs')) for c in cells)
        if n: yield f'nbs/{p} stores outputs of {n} cells: clear them and save, pictures live in results/.'

def main(name):
    "Check one thing"
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        copy(tmp)
        if name == 'sync':
            for p in files(tmp/'abaw', '.py'):
                if p.name != '__init__.py': (tmp/'abaw'/p).unlink() # nbdev leaves a module when its notebook goes
            nbdev('nbdev_export', tmp)
            found = list(compare(name, tmp, 'run nbdev_export'))
        else:
            nbdev('nbdev_clean', tmp)
            found = [*compare(name, tmp, 'run nbdev_clean'), *outputs()]
        n = len(files(tmp/'nbs', '.ipynb'))
    print('\n'.join(found) or (f'abaw/ is what {n} notebooks export' if name == 'sync' else f'{n} notebooks are clean'))
    return bool(found)

if __name__ == '__main__':
    if sys.argv[1:] not in (['sync'], ['clean']): sys.exit('usage: check_sync.py sync|clean')
    sys.exit(main(sys.argv[1]))
