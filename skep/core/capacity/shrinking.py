"""From which node Swarm takes a replica away when a count is lowered (source: swarmkit, orchestrator/replicated).

It numbers the replicas on each node, those that run before others and low slots before high ones, and removes the one
with the highest number: from the node that has most of them, and there one that does not run, or the latest. Which of
several such nodes it is, is left to chance. Preferred labels are not looked at (swarmkit#2320).
"""

from collections.abc import Mapping

__all__ = ["fullest"]


def fullest(copies: Mapping[str, int]) -> tuple[str, ...]:
    """The nodes from one of which the next replica is taken.

    Args:
        copies: how many replicas each node has, by its id.
    """
    most = max(copies.values(), default=0)
    return tuple(sorted(node_id for node_id, count in copies.items() if count == most and most > 0))
