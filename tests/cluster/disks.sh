#!/usr/bin/env bash
# Mount one folder twice, as two machines would mount a disk whose locks hold within each machine only, and run a
# command there; both mounts end with it.
#
#   tests/cluster/disks.sh python tests/cluster/disks.py
#
# bindfs is a FUSE file system. The kernel keeps its locks to each mount, like those of NFS mounted with `nolock`.
# Needs root, and FUSE. Only the command sees the mounts, which lie in a mount namespace of its own.
set -euo pipefail

[ "$(id -u)" = 0 ] && [ -c /dev/fuse ] || { echo "disks.sh: needs root and /dev/fuse" >&2; exit 77; }
if ! command -v bindfs > /dev/null; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends bindfs; } \
        > /dev/null 2>&1 || { echo "disks.sh: no bindfs" >&2; exit 77; }
fi
unshare --mount --uts true 2> /dev/null || { echo "disks.sh: no namespaces of its own" >&2; exit 77; }
DISKS=$(mktemp -d /tmp/disks.XXXXXX)
export DISKS
mkdir "$DISKS"/{disk,n1,n2}
trap 'rm -rf "$DISKS"' EXIT
trap 'exit 143' TERM INT
unshare --mount --propagation private bash -euo pipefail -c '
    ended() { for node in n1 n2; do umount "$DISKS/$node" || umount --lazy "$DISKS/$node"; done 2> /dev/null || true; }
    trap ended EXIT
    for node in n1 n2; do
        bindfs "$DISKS/disk" "$DISKS/$node" || { echo "disks.sh: FUSE cannot be mounted here" >&2; exit 77; }
    done
    "$@"' command "$@"
