"""The rooms of the package and their floors, as the table of nbs/README.md has them.

Run as a script, it says which module imports from a higher floor, and which rooms import each other in a circle."""
import ast, re, sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

root = Path(__file__).resolve().parent.parent

def rooms(): # room -> (floor, what it does), in the order of the table
    "What nbs/README.md says of each room"
    text = (root/'nbs/README.md').read_text(encoding='utf8')
    rows = re.findall(r'^\| (\d) \| \[(\w+)\]\([^)]+\) \| (.+) \|$', text, re.M)
    return {room: (int(floor), job) for floor, room, job in rows}

def modules(): # (path, room) of each
    "All modules of the package that notebooks define"
    for path in sorted((root/'abaw').rglob('*.py')):
        if not path.name.startswith('_'): yield path, path.relative_to(root/'abaw').with_suffix('').parts[0]

def imported(path): # (line, room) of each import from this package, also of those inside functions
    "Which rooms a module imports from"
    package = ('abaw', *path.relative_to(root/'abaw').parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding='utf8'))):
        if isinstance(node, ast.ImportFrom): names = [_full_name(node, package, a.name) for a in node.names]
        elif isinstance(node, ast.Import): names = [a.name for a in node.names]
        else: continue
        for name in names:
            if name.startswith('abaw.') and not name.startswith('abaw.__'): yield node.lineno, name.split('.')[1]

def _full_name(node, package, name): # such as abaw.score.metrics.ccc
    start = package[:len(package) - node.level + 1] if node.level else ()
    return '.'.join([*start, *filter(None, [node.module]), name])

def faults(): # sentences
    "Modules without a room, imports that point upwards, and circles"
    known, arrows = rooms(), {}
    for path, room in modules():
        where = path.relative_to(root)
        if room not in known:
            yield f'{where}: the table of nbs/README.md has no room {room}.'
            continue
        for line, other in imported(path):
            if other not in known or other == room: continue
            arrows.setdefault(room, set()).add(other)
            own, its = known[room][0], known[other][0]
            if its > own: yield f'{where}:{line}: {room} is on floor {own} and imports {other} of floor {its}.'
    try: list(TopologicalSorter(arrows).static_order())
    except CycleError as e: yield f'Rooms import each other in a circle: {" from ".join(e.args[1])}.'

if __name__ == '__main__':
    found = list(faults())
    print('\n'.join(found) or f'{len(rooms())} rooms: no import points to a higher floor')
    sys.exit(bool(found))
