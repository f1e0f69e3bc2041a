"""Replicas that no node has room for bring nothing: no more of them are asked for until there is room."""

from skep.core.decision import Situation, Step, plural

__all__ = ["no_growth_without_room"]


def no_growth_without_room(situation: Situation, replicas: int) -> Step | None:
    """Keep the present count while Swarm cannot place all of it; what waits asks for a node instead.

    Those that are stranded wait for nothing: more of them are the only ones that can come.
    """
    if replicas <= situation.replicas:
        return None
    waiting = situation.service.replicas_without_room - situation.service.stranded_replicas
    if not waiting:
        return None
    return Step(
        by="room",
        replicas_before=replicas,
        replicas_after=situation.replicas,
        reason=f"{plural(waiting)} of it {'waits' if waiting == 1 else 'wait'} for room on a node",
    )
