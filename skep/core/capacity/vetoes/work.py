"""Work that would be lost: a job that runs, and what Swarm would not start again elsewhere."""

from skep.core.capacity.vetoes.veto import Candidate, Veto
from skep.core.cluster import RestartCondition

__all__ = ["work_would_be_lost"]


def work_would_be_lost(candidate: Candidate) -> Veto | None:
    """Keep a node on which a job runs, global ones included, or something that is started once only."""
    for service, _ in candidate.running:
        if service.mode.is_job:
            return Veto(by="job", reason=f"the job {service.name} runs there")
    for service, _ in candidate.services():
        if service.restart is RestartCondition.NONE:
            return Veto(by="job", reason=f"{service.name} is not started again where it was stopped (restart: none)")
    return None
