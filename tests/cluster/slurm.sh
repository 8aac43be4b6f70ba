#!/usr/bin/env bash
# Set up a Slurm cluster of two nodes on this machine, from Debian's packages, and run a command on it.
#
#   tests/cluster/slurm.sh python tests/cluster/faults.py slurm
#
# Needs root. It uses no file of the system's: configuration, keys, states and logs lie in a temporary folder, which
# SLURM_CONF names. Accounting is off. Each node is a slurmd of its own name and port. All daemons end with the command.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "slurm.sh: needs root" >&2; exit 77; }
for program in slurmctld slurmd sbatch munged; do
    command -v "$program" > /dev/null || missing=1
done
if [ -n "${missing:-}" ]; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends \
        slurmctld slurmd slurm-client munge; } > /dev/null 2>&1 || { echo "slurm.sh: no Slurm packages" >&2; exit 77; }
fi

base=$(mktemp -d /tmp/slurm.XXXXXX)
chmod 755 "$base"
mkdir -p "$base"/{state,log,n1,n2} "$base/munge"
chmod 700 "$base/munge"
host=$(hostname -s)
port=$((20000 + RANDOM % 10000))
export SLURM_CONF=$base/slurm.conf SLURM_BASE=$base

alive() { case $(ps -o stat= -p "$1" 2> /dev/null) in "" | Z*) return 1 ;; esac; }
ended() {
    daemons=$(cat "$base"/slurmctld.pid "$base"/n?/slurmd.pid "$base"/munged.pid 2> /dev/null || true)
    # Steps and their jobs hang on a daemon that was killed; our configuration's name is in their environment.
    jobs=$(grep -lsz "^SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ | cut -d/ -f3 | grep -vx -e "$$" -e "$BASHPID" || true)
    for process in $daemons $jobs; do kill "$process" 2> /dev/null || true; done
    for process in $daemons $jobs; do
        for _ in $(seq 100); do alive "$process" || break; sleep 0.1; done
        kill -9 "$process" 2> /dev/null || true
    done
    if [ -n "${KEEP_LOGS:-}" ]; then cp -r "$base/log" "$KEEP_LOGS"; fi
    rm -rf "$base"
}
trap ended EXIT
trap 'exit 143' TERM INT

cat > "$SLURM_CONF" << CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$base/munged.socket
SlurmctldPort=$port
StateSaveLocation=$base/state
SlurmdSpoolDir=$base/%n
SlurmctldPidFile=$base/slurmctld.pid
SlurmdPidFile=$base/%n/slurmd.pid
SlurmctldLogFile=$base/log/slurmctld.log
SlurmdLogFile=$base/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=1
SlurmdParameters=config_overrides
SlurmdTimeout=10
SlurmctldTimeout=10
MessageTimeout=10
InactiveLimit=0
KillWait=20
MinJobAge=300
ReturnToService=2
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=2 State=UNKNOWN
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=60 State=UP
PartitionName=second Nodes=n2 MaxTime=60 State=UP
CONF

(umask 077; dd if=/dev/urandom of="$base/munge/key" bs=1024 count=1 status=none)
munged --key-file="$base/munge/key" --socket="$base/munged.socket" --pid-file="$base/munged.pid" \
    --log-file="$base/munge/log" --seed-file="$base/munge/seed" --num-threads=2 --force 2> /dev/null
slurmctld
slurmd -N n1
slurmd -N n2
for _ in $(seq 100); do
    if [ "$(sinfo --noheader --Node --states=idle --partition=main --format=%N 2> /dev/null | wc -l)" = 2 ]; then up=1; break; fi
    sleep 0.2
done
[ -n "${up:-}" ] || { tail -n 5 "$base"/log/*.log >&2; echo "slurm.sh: the cluster did not come up" >&2; exit 1; }
"$@"
