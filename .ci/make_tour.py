"""Runs nbs/00_tour.ipynb and stores what its cells show, so that it can be read without running it.

It is the only notebook with stored outputs. Progress bars, error streams and style sheets of tables are left out."""
import re, sys
from pathlib import Path

import nbformat
from abaw.grid.kept import machine_places, tidy

sys.path.insert(0, str(Path(__file__).resolve().parent/'docs'))
from execute import root, run_cells # noqa

tour = root/'nbs/00_tour.ipynb'

def plain(output): # output
    "A table without the style sheet that pandas puts into each"
    data = output.get('data', {})
    if 'text/html' in data: data['text/html'] = re.sub(r'<style.*?</style>\n', '', data['text/html'], flags=re.S)
    return output

def main():
    "Run, tidy, write"
    nb = tidy(run_cells(nbformat.read(tour, 4), tour.parent, 600), machine_places())
    nb.metadata = nbformat.read(tour, 4).metadata
    for cell in nb.cells:
        if cell.cell_type != 'code': continue
        cell.execution_count, cell.outputs = None, [plain(o) for o in cell.outputs]
        for output in cell.outputs:
            if output.output_type == 'execute_result': output.execution_count = None
    nbformat.write(nb, tour)
    print(f'{tour.relative_to(root)}: {tour.stat().st_size/1e3:.0f} KB')

if __name__ == '__main__': main()
