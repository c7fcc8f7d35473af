"""A stand-in for Slurm's commands, for the tests of 04_slurm.ipynb: `stand_in.py FOLDER COMMAND ...`

`sbatch` notes the script and runs the tasks of its array in the background, as many at a time as it asks for;
`squeue` lists those that have not ended. Everything lies in FOLDER: `queue` has a file for each task, `script1` the
first script, `cancelled` what scancel was given, `most` how many tasks ran at a time."""
import os, re, signal, subprocess, sys, time
from pathlib import Path

root, command, *args = Path(sys.argv[1]), *sys.argv[2:]
queue = root/'queue'
queue.mkdir(exist_ok=True)

def state(task): # such as ['RUNNING', '4711'], its process; empty where the task has just left the queue
    try: return (queue/task).read_text().split()
    except FileNotFoundError: return []

def srun(): # --unbuffered --output FILE command
    at = args.index('--output')
    path, work = args[at + 1], args[at + 2:]
    names = {'%A': 'SLURM_ARRAY_JOB_ID', '%a': 'SLURM_ARRAY_TASK_ID', '%j': 'SLURM_JOB_ID'}
    for sign, name in names.items(): path = path.replace(sign, os.environ.get(name, ''))
    with open(path.replace('%t', '0'), 'ab') as log: sys.exit(subprocess.run(work, stdout=log, stderr=log).returncode)

def sbatch(): # note the script, then work in the background
    script = Path(args[0]).read_text()
    job = len(list(root.glob('script*'))) + 1
    (root/f'script{job}').write_text(script)
    if 'partition=none' in script: sys.exit('sbatch: error: invalid partition specified: none')
    array = re.search(r'--array=0-(\d+)%(\d+)', script)
    tasks = [f'{job}_{i}' for i in range(int(array[1]) + 1)] if array else [str(job)]
    for task in tasks: (queue/task).write_text('PENDING')
    (root/f'work{job}').touch()
    line = [sys.executable, __file__, root, 'work', str(job), array[2] if array else '1', *tasks]
    subprocess.Popen(line, stdin=-3, stdout=-3, stderr=-3, start_new_session=True)
    print('Submitted batch job', job)

def start(job, task): # a process
    env = dict(os.environ, SLURM_JOB_ID=job)
    if '_' in task: env |= dict(SLURM_ARRAY_JOB_ID=job, SLURM_ARRAY_TASK_ID=task.split('_')[1])
    process = subprocess.Popen(['bash', root/f'script{job}'], env=env, start_new_session=True)
    (queue/task).write_text(f'RUNNING {process.pid}')
    return process

def work(): # until all tasks of a job have ended
    job, width, *tasks = args
    busy = {}
    while tasks or busy:
        for task in [t for t, process in busy.items() if process.poll() is not None]:
            del busy[task]
            (queue/task).unlink(missing_ok=True)
        while tasks and len(busy) < int(width):
            task = tasks.pop(0)
            if state(task): busy[task] = start(job, task) # else it was cancelled
        with open(root/'most', 'a') as f: f.write(f'{len(busy)} ')
        time.sleep(.02)
    (root/f'work{job}').unlink()

def squeue():
    for path in sorted(queue.iterdir()):
        if found := state(path.name): print(path.name, found[0])

def scancel():
    for task in args:
        found = state(task)
        (queue/task).unlink(missing_ok=True)
        with open(root/'cancelled', 'a') as f: f.write(f'{task} ')
        if len(found) > 1: os.killpg(int(found[1]), signal.SIGKILL)

def scontrol(): print('JobState=FAILED')

{f.__name__: f for f in (srun, sbatch, work, squeue, scancel, scontrol)}[command]()
