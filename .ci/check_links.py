"Says which links of the notebooks, of the kept runs and of README.md lead nowhere, before anything is executed"
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent/'docs'))
from build import Site # noqa

site = Site()
faults = site.faults()
good = f'{len(site.notebooks)} notebooks and {len(site.runs)} kept runs: every link leads somewhere'
print('\n'.join(faults) or good)
sys.exit(bool(faults))
