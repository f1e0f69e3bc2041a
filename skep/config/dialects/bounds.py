"""The bounds of a peer as native ones."""

from skep.config.dialects.draft import Draft

__all__ = ["say_bounds"]


def say_bounds(
    draft: Draft, least: int | None, most: int | None, *, least_label: str, most_label: str, wakes: bool = False
) -> None:
    """Write ``skep.min`` and ``skep.max``.

    Args:
        draft: written into.
        least: the fewest replicas; ``None`` where it is wrong or missing.
        most: the most replicas; ``None`` where it is wrong or missing.
        least_label: where the peer has the fewest.
        most_label: where the peer has the most.
        wakes: whether the service has a metric with a value at zero replicas.
    """
    if least is not None and most is not None and least > most:
        draft.object_to(most_label, expected=f"no less than {least_label}, which is {least}", example=f"{least}")
        return
    if least == 0 and not wakes:
        draft.note(
            least_label,
            "is 0, and where there are no replicas their use asks for none",
            instead="skep.min is 1, and may be 0 with skep.requests or skep.queue",
        )
        least = 1
    if least is not None:
        draft.say("skep.min", f"{least}")
    if most is not None:
        draft.say("skep.max", f"{most}")
