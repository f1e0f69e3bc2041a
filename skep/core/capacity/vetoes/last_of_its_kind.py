"""The last node that fulfils what a service requires stays, also while the service has no replicas.

Unless the next machine of the pool would fulfil it as well: then the node comes back when it is needed.
"""

from skep.core.capacity.applicant import Applicant
from skep.core.capacity.filters import FILTERS
from skep.core.capacity.node_room import NodeRoom
from skep.core.capacity.vetoes.veto import Candidate, Veto
from skep.core.cluster import Node

__all__ = ["last_of_its_kind"]


def last_of_its_kind(candidate: Candidate) -> Veto | None:
    """Keep the only open node where some service could run."""
    template = candidate.pool.template if candidate.pool is not None else None
    for applicant in candidate.only_home_of:
        if template is None or not _suits(applicant, template):
            return Veto(by="last of its kind", reason=f"no other node can run {applicant.service.name}")
    return None


def _suits(applicant: Applicant, template: Node) -> bool:
    machine = NodeRoom(template, 0)
    return all(each.passes(applicant, machine) for each in FILTERS if each.is_lasting and each.is_asked(applicant))
