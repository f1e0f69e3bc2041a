"""Only a node that has been idle for long enough goes."""

from skep.core.capacity.vetoes.veto import Candidate, Veto

__all__ = ["in_use"]


def in_use(candidate: Candidate) -> Veto | None:
    """Keep a node that is used, or was so a short while ago."""
    limits = candidate.pool.policy.scale_down if candidate.pool is not None else None
    if limits is None:
        return None
    since = candidate.situation.idle_since.get(candidate.node.id)
    if since is None:
        return Veto(by="use", reason="it is in use")
    until = since + limits.after
    if candidate.situation.now >= until:
        return None
    return Veto(by="use", reason="it has not been idle for long enough", until=until)
