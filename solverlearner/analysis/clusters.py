"""Clusters: which episodes count as one, because the model wrote one and the same program for them.

Queries of an episode share its shots or its program, so the episode is the cluster of intervals and tests. A prompt
without shots, as `code_mf` has it, is the same in every episode. At temperature 0 its program is then the same too,
and all its episodes together show one program. They are one cluster.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping

FEWER = "‡"
"""The mark of a number behind which are fewer clusters than episodes."""

FEWER_LEGEND = (
    f"{FEWER} One prompt for several episodes gets one program at temperature 0, which intervals and tests count once. "
    "For more programs: temperature=0.7 (one an episode; with samples=N, N of them), or another wording (prompts=DIR)."
)


def identity(*parts: bytes) -> int:
    """A number that is the same for the same parts, within 63 bits.

    >>> identity(b"a", b"b") == identity(b"ab", b"")
    False
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return int.from_bytes(digest.digest(), "little") >> 1


def joined(clusters: Iterable[int], programs: Iterable[Mapping[int, Collection[int]]]) -> dict[int, int]:
    """Each of these clusters with the number of the group that it is in: clusters that share a program are in one.

    Each mapping has the programs of one setting or side by cluster; a cluster without an entry shares none there.

    >>> joined([0, 1, 2], [{0: {77}, 1: {77}, 2: {78}}])
    {0: 0, 1: 0, 2: 2}
    """
    heads = {cluster: cluster for cluster in clusters}

    def head(cluster: int) -> int:
        while heads[cluster] != cluster:
            heads[cluster] = cluster = heads[heads[cluster]]
        return cluster

    for each in programs:
        first: dict[int, int] = {}
        for cluster, written in each.items():
            if cluster in heads:
                for program in written:
                    one, other = sorted((head(cluster), head(first.setdefault(program, cluster))))
                    heads[other] = one
    return {cluster: head(cluster) for cluster in heads}
