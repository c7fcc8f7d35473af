#!/usr/bin/env python3
"""Runs the tests of the notebooks, each notebook in a fresh process; the last line is `N passed, M failed`.

nbdev_test does the same in workers that it uses again, where one notebook sees what another left behind
(module attributes, seeds, figures). nbdev still decides which notebooks and cells run: tst_flags in settings.ini,
`#| eval: false`, `.notest`."""
import argparse, atexit, json, multiprocessing, os, random, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

root = Path(__file__).resolve().parent.parent
libraries = ['nbdev.test', 'torch', 'torchvision', 'torchmetrics', 'open_clip', 'pandas', 'seaborn',
    'matplotlib.pyplot', 'scipy.stats', 'sklearn.linear_model', 'papermill']
skipped = 77 # exit status of a notebook that asks not to be executed

def run_one(path, flags): # exit status
    "Test one notebook in this process"
    from nbdev.config import get_config
    from nbdev.test import test_nb
    cfg = get_config()
    os.chdir(cfg.nbs_path)
    skip, force = cfg.tst_flags.split(), flags.split()
    ok, secs = test_nb(Path(path), skip_flags=skip, force_flags=force, basepath=cfg.config_path)
    return skipped if ok and not secs else 0 if ok else 1

def notebooks(paths): # list of Path
    "The notebooks that nbdev would test, in reading order, explore/ and experiments/ last"
    from nbdev.doclinks import nbglob
    found = {Path(f).resolve() for p in (paths or [None]) for f in nbglob(p, as_path=True)}
    found = {f for f in found if not (f.parent/'.notest').exists()}
    late = ['explore', 'experiments']
    return sorted(found, key=lambda f: (late.index(f.parent.name)+1 if f.parent.name in late else 0, str(f)))

def environment():
    "One thread per notebook, no windows, and this tree's package also in kernels and commands that a notebook starts"
    env = dict(os.environ, OMP_NUM_THREADS='1', MPLBACKEND='Agg', PYTHONUNBUFFERED='1', NO_COLOR='1')
    for k, v in dict(PYTHONPATH=root, PATH=Path(sys.executable).parent).items():
        env[k] = os.pathsep.join([str(v), *filter(None, [env.get(k)])])
    return env

def child(nb, flags, log): # exits with the status of the notebook
    "Test one notebook with its output in a file"
    import numpy as np
    random.seed() # a copy begins with the state of what it was copied from
    np.random.seed()
    with open(log, 'w') as f, open(os.devnull) as none:
        for fd, to in ((0, none), (1, f), (2, f)): os.dup2(to.fileno(), fd)
    try: rc = run_one(nb, flags)
    finally:
        atexit._run_exitfuncs() # which a copy would not run: scratch folders go away by them
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(rc)

def run(nb, flags, timeout, start_with): # status, seconds, output
    "Test one notebook in a process of its own"
    start = time.time()
    # a file, not a pipe: a process left behind by a notebook would keep it open
    with tempfile.TemporaryDirectory() as d:
        p = start_with.Process(target=child, args=(str(nb), flags, log := f'{d}/log'))
        p.start()
        p.join(timeout)
        rc = p.exitcode
        if rc is None:
            p.kill()
            p.join()
            rc = f'no end after {timeout:g} s'
        text = Path(log).read_text(errors='replace') if Path(log).exists() else ''
    if isinstance(rc, int) and rc < 0: rc = f'killed by signal {-rc}'
    return rc, time.time()-start, text

def processes():
    """What starts processes: on Linux copies of one that has imported the libraries, and nothing of ours, which takes
    half of a short notebook's time; elsewhere new ones"""
    if sys.platform != 'linux': return multiprocessing.get_context('spawn')
    ctx = multiprocessing.get_context('forkserver')
    ctx.set_forkserver_preload(libraries)
    return ctx

class Tests:
    "Tests notebooks side by side, and counts"
    def __init__(self, flags, timeout):
        self.flags, self.timeout, self.start_with = flags, timeout, processes()
        self.count, self.failed = dict(passed=0, failed=0, skipped=0), []
        self.log, self.seen = Path(sys.prefix)/'test.log', Path(sys.prefix)/'test-seconds.json'
        self.seconds = json.loads(self.seen.read_text()) if self.seen.exists() else {}

    def one(self, nb): # name, outcome, lines that tell of it
        "Test one notebook"
        rc, secs, text = run(nb, self.flags, self.timeout, self.start_with)
        name, outcome = str(nb.relative_to(root)), {0: 'passed', skipped: 'skipped'}.get(rc, 'failed')
        self.seconds[name] = round(secs, 1)
        why = rc if isinstance(rc, str) else f'exit status {rc}'
        short = dict(passed='pass', skipped='skip', failed='FAIL')[outcome]
        return name, outcome, f'{short} {secs:7.1f} s  {name}' + ('' if rc in (0, 1, skipped) else f'  ({why})'), text

    def all(self, notebooks, workers):
        "Test all, tell of each as it ends; the slowest of the last time go first"
        notebooks.sort(key=lambda f: -self.seconds.get(str(f.relative_to(root)), 0))
        with ThreadPoolExecutor(workers) as ex, self.log.open('w', encoding='utf8') as f:
            try:
                for done in as_completed([ex.submit(self.one, nb) for nb in notebooks]): self.tell(*done.result(), f)
            except KeyboardInterrupt:
                ex.shutdown(cancel_futures=True) # or the pool would start what is left
                raise
        self.seen.write_text(json.dumps(self.seconds, indent=1, sort_keys=True))

    def tell(self, name, outcome, line, text, log):
        "Print the outcome, and the whole output where it failed"
        self.count[outcome] += 1
        print(line, flush=True)
        print(f'==== {line}\n{text}', file=log, flush=True)
        if outcome != 'failed': return
        self.failed.append(name)
        print(text[-12_000:], flush=True)

def arguments():
    "The command line"
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('paths', nargs='*', help='notebooks or folders (all)')
    p.add_argument('--flags', default='', help="also run cells with these flags, e.g. 'slow data'")
    p.add_argument('--n_workers', type=int, default=2, help='notebooks at a time (2)')
    p.add_argument('--timeout', type=float, default=1800, help='seconds that one notebook may take (1800)')
    return p.parse_args()

def main(): # exit status
    "Test all, tell, count"
    a, start = arguments(), time.time()
    os.chdir(root)
    os.environ.update(environment())
    sys.path.insert(0, str(root))
    missing = [o for o in a.paths if not Path(o).exists()]
    if missing: sys.exit(f'There is no {missing[0]}.')
    tests, nbs = Tests(a.flags, a.timeout), notebooks(a.paths)
    print(f'{len(nbs)} notebooks, {a.n_workers} at a time, log in {tests.log}', flush=True)
    tests.all(nbs, a.n_workers)
    if tests.failed: print('Failed:', *tests.failed, sep='\n  ')
    if tests.count['skipped']: print(f"{tests.count['skipped']} ask not to be executed")
    print(f'{time.time()-start:.0f} s')
    print(f"{tests.count['passed']} passed, {tests.count['failed']} failed", flush=True)
    return 1 if tests.failed or not tests.count['passed'] else 0

if __name__ == '__main__': sys.exit(main())
