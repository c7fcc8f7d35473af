"check_wheel.py abaw-*.whl: the wheel holds the modules and assets that git knows, and no others"
import subprocess, sys, zipfile
from pathlib import Path

root, wheel = Path(__file__).resolve().parent.parent, Path(sys.argv[1])
git = ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', 'abaw']
out = subprocess.run(git, cwd=root, check=True, capture_output=True)
known = [o for o in out.stdout.decode().split('\0') if (root/o).is_file()]
want = {o for o in known if o.endswith('.py') or o.startswith('abaw/assets/')}
have = {o for o in zipfile.ZipFile(wheel).namelist() if o.startswith('abaw/')}
found = [f'{wheel.name} lacks {o}: see package-data and packages.find in pyproject.toml.' for o in sorted(want-have)]
found += [f'{wheel.name} holds {o}, which git does not know.' for o in sorted(have-want)]
print('\n'.join(found) or f'{wheel.name} holds all {len(want)} files, {wheel.stat().st_size/1e6:.1f} MB')
sys.exit(bool(found))
