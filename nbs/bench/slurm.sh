#!/usr/bin/env bash
# A Slurm of one node for tests: munged, slurmctld and slurmd of Debian's packages, on loopback, with a configuration,
# key, ports and state of their own in one folder, without systemd and without cgroups. Not for real work.
#   slurm.sh start [FOLDER]   start it and wait until it takes jobs; prints the line that makes it known to a shell
#   slurm.sh stop [FOLDER]    cancel its jobs, stop it and delete FOLDER
#   slurm.sh status [FOLDER]  say what it does; exit status 0 where it answers
# FOLDER is the user's own below the system's temporary folder when not given. CPUS (2) is how many jobs of one
# processor run side by side. Runs as root or as any user; as an ordinary user jobs can only be that user's.
# There are two partitions: main, whose jobs make way, and urgent, before which they are sent back to the queue.
set -euo pipefail

command=${1:-} folder=${2:-${TMPDIR:-/tmp}/abaw-slurm-$(id -u)} cpus=${CPUS:-2}
PATH=$PATH:/usr/sbin:/sbin

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 2; }

need() { # programs, and the Debian packages that hold them
    local missing=()
    for pair in munged:munge slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client; do
        command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} = 0 ] && return
    echo "Slurm cannot be started, as these packages are missing: ${missing[*]}" >&2
    echo "On Debian and Ubuntu: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
}

free_port() { # one that nobody listens on
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

alive() { [ -s "$folder/$1.pid" ] && kill -0 "$(cat "$folder/$1.pid")" 2> /dev/null; }

told() { echo "export SLURM_CONF='$folder/slurm.conf'"; }

answers() { SLURM_CONF="$folder/slurm.conf" timeout 10 sinfo --noheader --format=%T 2> /dev/null | grep -q -E '^(idle|mixed|allocated)'; }

configure() {
    local me; me=$(id -un)
    cat > "$folder/slurm.conf" <<EOF
ClusterName=abaw
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
# loopback only: nobody else's machine is asked or answered
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
CredType=cred/munge
# a job that was sent back to the queue waits as long as a credential lives: 15 s, not two minutes
AuthInfo=socket=$folder/munge.socket,cred_expire=15
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
# a kernel is the leader of a process group of its own, and must go with its job all the same
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
KillWait=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
SchedulerParameters=sched_interval=5,batch_sched_delay=1
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$cpus Boards=1 SocketsPerBoard=1 CoresPerSocket=$cpus ThreadsPerCore=1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
EOF
}

start() {
    need
    if answers; then told; return; fi
    umask 022
    mkdir -p "$folder"; folder=$(cd "$folder" && pwd -P)
    mkdir -p "$folder"/{state,spool}
    chmod 755 "$folder"
    [ -s "$folder/munge.key" ] || (umask 077; head -c 1024 /dev/urandom > "$folder/munge.key")
    alive munged || munged --force --num-threads=2 --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
    # the ports and the processors of a Slurm that is half there stay as they are
    alive slurmctld || alive slurmd || configure
    export SLURM_CONF="$folder/slurm.conf"
    alive slurmctld || slurmctld -c -f "$SLURM_CONF"
    alive slurmd || slurmd -f "$SLURM_CONF"
    for _ in $(seq 60); do
        if answers; then told; return; fi
        sleep 0.5
    done
    echo "Slurm does not answer after 30 s; the ends of its logs in $folder:" >&2
    tail -n 8 "$folder"/*.log >&2 || true
    exit 1
}

stop() {
    export SLURM_CONF="$folder/slurm.conf"
    if [ ! -d "$folder" ]; then echo "nothing runs in $folder"; return; fi
    if ! grep -q '^ClusterName=abaw$' "$SLURM_CONF" 2> /dev/null; then echo "$folder is not of this script and is left alone" >&2; exit 1; fi
    if answers; then
        timeout 10 scancel --user="$(id -un)" || true
        for _ in $(seq 40); do [ -z "$(timeout 10 squeue --noheader 2> /dev/null)" ] && break; sleep 0.5; done
    fi
    for name in slurmd slurmctld munged; do
        alive "$name" || continue
        local pid; pid=$(cat "$folder/$name.pid"); kill "$pid" 2> /dev/null || true
        for _ in $(seq 40); do kill -0 "$pid" 2> /dev/null || break; sleep 0.25; done
        kill -9 "$pid" 2> /dev/null || true
    done
    rm -rf "$folder"; echo "stopped; $folder is gone"
}

status() {
    for name in munged slurmctld slurmd; do alive "$name" && echo "$name runs" || echo "$name does not run"; done
    if answers; then SLURM_CONF="$folder/slurm.conf" sinfo; SLURM_CONF="$folder/slurm.conf" squeue; told; else echo 'Slurm does not answer'; exit 1; fi
}

case $command in start|stop|status) "$command";; *) usage;; esac
