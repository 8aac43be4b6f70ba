#!/usr/bin/env bash
# Start a Ray cluster of two nodes on this machine and run a command on it; both end with the command.
#
#   tests/cluster/ray.sh python tests/cluster/faults.py ray
#
# Needs `ray` on PATH (pip install 'solverlearner[ray]') and no other Ray of this user on this machine.
set -euo pipefail

command -v ray > /dev/null || { echo "ray.sh: no ray; pip install 'solverlearner[ray]'" >&2; exit 77; }
pgrep -x raylet > /dev/null && { echo "ray.sh: Ray runs here already" >&2; exit 77; }
base=$(mktemp -d /tmp/ray.XXXXXX)
export RAY_ADDRESS=127.0.0.1:$((20000 + RANDOM % 10000)) RAY_USAGE_STATS_ENABLED=0
ended() {
    ray stop --force > /dev/null 2>&1 || true
    rm -rf "$base"
}
trap ended EXIT
trap 'exit 143' TERM INT
ray start --head --node-ip-address=127.0.0.1 --port="${RAY_ADDRESS#*:}" --num-cpus=2 --include-dashboard=false \
    --temp-dir="$base" --object-store-memory=100000000 > "$base/head.log" 2>&1 || { cat "$base/head.log" >&2; exit 1; }
ray start --address="$RAY_ADDRESS" --num-cpus=2 --object-store-memory=100000000 > "$base/second.log" 2>&1 ||
    { cat "$base/second.log" >&2; exit 1; }
"$@"
