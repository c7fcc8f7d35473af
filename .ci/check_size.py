"Names notebooks in nbs/ above 150 KB, files above 3 MB outside abaw/assets, and results above 12 MB in all; fails then"
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
large = [p for p,n in sizes.items() if limit(p) and n > limit(p)]
found = [f'{p} has {sizes[p]/1e3:,.0f} KB, and may have {limit(p)/1e3:,.0f}.' for p in large]
results, budget = sum(n for p, n in sizes.items() if p.parts[0] == 'results'), 12_000_000
if results > budget:
    what = 'pictures of cells and remade runs are what grows'
    found.append(f'results/ has {results/1e6:.1f} MB, and may have {budget/1e6:.0f}: {what}.')
total = sum(sizes.values())
good = f'{len(files)} files, {total/1e6:.1f} MB, {results/1e6:.1f} of them results; none too large'
print('\n'.join(found) or good)
sys.exit(bool(found))
