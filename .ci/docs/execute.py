"""Runs notebooks for the site, each in a kernel of its own, and keeps what came out in cache/docs/executed.

A notebook runs again when its code changes or that of a module of `abaw` which it uses, directly or not; so a build
that was interrupted goes on where it stopped. Cells that `make test` leaves out (tst_flags of settings.ini,
`#| eval: false`) are left out here too."""
import ast, configparser, copy, hashlib, os, re, subprocess, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

root = Path(__file__).resolve().parent.parent.parent
cache = root/'cache/docs/executed'
# Python 3.11 cannot build two syntax trees at a time: one of them may end in a SystemError
parsing = threading.Lock()
quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) # of libraries; what cells say comes another way
# kernels listen on ports that others could read
secure = {k: dict(transport_encryption='required') for k in ('KernelManager', 'AsyncKernelManager')}

def directives(cell): # names, such as export or eval:
    "Directives of nbdev at the top of a code cell"
    out = set()
    for line in cell.source.splitlines():
        m = re.match(r'#\| *(\S+) *(\S*)', line)
        if m: out |= {m[1]} | ({'eval: false'} if m[1] == 'eval:' and m[2] == 'false' else set())
        elif line.strip(): break
    return out

@lru_cache(None)
def skipped_flags(): # set
    "What `make test` leaves out"
    cfg = configparser.ConfigParser(delimiters=['='], interpolation=None)
    cfg.read(root/'settings.ini', encoding='utf8')
    return {*cfg['DEFAULT']['tst_flags'].split(), 'eval: false'}

def module_file(name): # Path, or None
    "File of a module of the package"
    p = root/name.replace('.', '/')
    return next((f for f in (p.with_suffix('.py'), p/'__init__.py') if f.exists()), None)

def imported(source, package=''): # names of modules of abaw
    "Modules of the package that code imports; `package` holds the code, for relative imports"
    out = set()
    python = re.sub(r'^(\s*)[!%].*', r'\1pass', source, flags=re.M) # a notebook's commands are none
    with parsing: tree = ast.parse(python)
    for n in ast.walk(tree):
        if isinstance(n, ast.Import): out |= {a.name for a in n.names}
        if isinstance(n, ast.ImportFrom):
            base = package.split('.')[:len(package.split('.')) - n.level + 1] if n.level else []
            base = '.'.join([*base, *filter(None, [n.module])])
            out |= {base, *(f'{base}.{a.name}' for a in n.names)}
    return {m for m in out if m.split('.')[0] == 'abaw' and module_file(m)}

@lru_cache(None)
def uses(module): # frozenset of names
    "Modules of the package that a module imports itself"
    package = module if module_file(module).name == '__init__.py' else module.rpartition('.')[0]
    return frozenset(imported(module_file(module).read_text(encoding='utf8'), package))

def key(nb): # 16 hexadecimal digits
    "Changes when the notebook's code or a module below it changes"
    code = [c.source for c in nb.cells if c.cell_type == 'code']
    text, seen = '\n'.join(code), set()
    named = re.findall(r'\babaw\.([a-z_.]+[a-z])', text) + re.findall(r'#\| *default_exp +(\S+)', text)
    todo = imported(text) | {f'abaw.{m}' for m in named if module_file(f'abaw.{m}')}
    while todo:
        seen.add(m := todo.pop())
        todo |= uses(m) - seen
    h = hashlib.sha256('\0'.join(code).encode())
    for m in sorted(seen): h.update(module_file(m).read_bytes())
    return h.hexdigest()[:16]

def kept(path, nb): # Path
    "Where the executed notebook lies, or would"
    return cache/path.relative_to(root/'nbs').with_suffix('')/f'{key(nb)}.ipynb'

def with_outputs(nb, ran): # notebook
    "Outputs of an executed notebook of the same code; the prose may be newer"
    code = [[c for c in o.cells if c.cell_type == 'code'] for o in (nb, ran)]
    for c, old in zip(*code, strict=True): c.outputs, c.execution_count = old.outputs, old.execution_count
    return nb

def environment(): # of a kernel
    "This tree's package, one thread, no colours"
    env = {k: v for k, v in os.environ.items() if k != 'MPLBACKEND'}
    env |= dict(OMP_NUM_THREADS='1', IN_TEST='1', NO_COLOR='1')
    for k, v in dict(PYTHONPATH=root, PATH=Path(sys.executable).parent).items():
        env[k] = os.pathsep.join([str(v), *filter(None, [env.get(k)])])
    return env

def run_cells(nb, folder, timeout): # executed notebook
    "Run what is to be run; the client leaves raw cells alone"
    nb = copy.deepcopy(nb)
    for c in nb.cells:
        if c.cell_type == 'code' and directives(c) & skipped_flags(): c.cell_type = 'raw'
    def execute_once():
        client = NotebookClient(copy.deepcopy(nb), timeout=timeout, kernel_name='python3', config=Config(secure))
        client.resources = dict(metadata=dict(path=str(folder)))
        return client.execute(env=environment(), **quiet)
    try: return execute_once()
    except DeadKernelError: return execute_once() # two that compile the same numba function may kill each other

def keep(nb, dst):
    "Write an executed notebook, and remove those of code that is no more"
    dst.parent.mkdir(parents=True, exist_ok=True)
    tmp = tempfile.NamedTemporaryFile('w', dir=dst.parent, suffix='.tmp', delete=False, encoding='utf8')
    with tmp as f: nbformat.write(nb, f)
    os.replace(tmp.name, dst)
    for old in dst.parent.glob('*.ipynb'):
        if old != dst: old.unlink()

def execute(path, timeout=1800): # executed notebook
    "Run a notebook in a new kernel, or raise a `RuntimeError` that says where it stopped"
    nb = nbformat.read(path, 4)
    dst = kept(path, nb)
    if dst.exists(): return with_outputs(nb, nbformat.read(dst, 4))
    try: run = run_cells(nb, path.parent, timeout)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as e:
        text = re.sub(chr(27) + r'[^m]*m', '', str(e))
        raise RuntimeError(f'{path.relative_to(root)} stopped: {text[-3000:]}') from None
    for c, old in zip(run.cells, nb.cells):
        if c.cell_type != old.cell_type: c.cell_type, c.outputs, c.execution_count = 'code', [], None
        for o in c.get('outputs', []): tidy(o)
    keep(run, dst)
    return run

def tidy(o):
    "Take this machine's folders out of an output"
    def clean(s): return re.sub(r'/tmp/tmp\w+', '/tmp/…', s.replace(str(root), '.')) if isinstance(s, str) else s
    if 'text' in o: o['text'] = clean(o['text'])
    for k, v in o.get('data', {}).items():
        if not k.startswith('image/png'): o['data'][k] = clean(v)

def execute_all(paths, workers=2): # path -> executed notebook
    "Run all that changed, tell how long each took; leave out those that fail, and say so"
    out, failed, start = {}, [], time.time()
    def one(p):
        t = time.time()
        old = kept(p, nbformat.read(p, 4)).exists()
        nb = execute(p)
        if not old: print(f'ran {time.time() - t:7.1f} s  {p.relative_to(root)}', flush=True)
        return nb, old
    with ThreadPoolExecutor(workers) as ex:
        todo = {ex.submit(one, p): p for p in paths}
        try:
            for f in as_completed(todo):
                try: out[todo[f]], old = f.result()
                except RuntimeError as e:
                    failed.append(str(e))
                    print('FAIL', e, flush=True)
        except KeyboardInterrupt:
            ex.shutdown(cancel_futures=True)
            raise
    seconds = time.time() - start
    print(f'{len(out)} notebooks executed or taken from {cache.relative_to(root)}, {seconds:.0f} s', flush=True)
    return out, failed

if __name__ == '__main__':
    paths = [Path(p).resolve() for p in sys.argv[1:]]
    sys.exit(bool(execute_all(paths)[1]))
