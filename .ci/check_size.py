"Names notebooks in nbs/ above 150 KB and files above 3 MB outside abaw/assets, and fails then"
import subprocess, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
git = ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'] # what is, or would be, committed
out = subprocess.run(git, cwd=root, check=True, capture_output=True)
files = [Path(o) for o in sorted({*out.stdout.decode().split('\0')} - {''}) if (root/o).is_file()]

def limit(p): # bytes
    "The most that one file may hold"
    if p.suffix == '.ipynb' and p.parts[0] == 'nbs': return 150_000
    return None if p.parts[:2] == ('abaw', 'assets') else 3_000_000

sizes = {p:(root/p).stat().st_size for p in files}
found = [f'{p} has {n/1e3:,.0f} KB, and may have {limit(p)/1e3:,.0f}.'
         for p,n in sizes.items() if limit(p) and n > limit(p)]
print('\n'.join(found) or f'{len(files)} files, {sum(sizes.values())/1e6:.1f} MB, none too large')
sys.exit(bool(found))
