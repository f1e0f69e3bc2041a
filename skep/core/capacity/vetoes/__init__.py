"""Vetoes: why a node stays although it is idle. One rule per file; their order is written here, once."""

from skep.core.capacity.vetoes.budget import out_of_budget, too_many_at_once
from skep.core.capacity.vetoes.delays import too_soon
from skep.core.capacity.vetoes.expected import expected
from skep.core.capacity.vetoes.halted import halted
from skep.core.capacity.vetoes.in_use import in_use
from skep.core.capacity.vetoes.last_of_its_kind import last_of_its_kind
from skep.core.capacity.vetoes.local_data import data_would_be_left_behind
from skep.core.capacity.vetoes.membership import is_manager, not_of_a_pool
from skep.core.capacity.vetoes.minimum import at_minimum, kept_by_provider
from skep.core.capacity.vetoes.pending import something_waits
from skep.core.capacity.vetoes.protected import node_protected, service_protected
from skep.core.capacity.vetoes.quorum import no_quorum_to_spare
from skep.core.capacity.vetoes.receiving import receiving
from skep.core.capacity.vetoes.rollouts import rollout_under_way
from skep.core.capacity.vetoes.serving import not_serving
from skep.core.capacity.vetoes.surges import may_not_surge
from skep.core.capacity.vetoes.veto import Candidate, Leaver, Rule, Surroundings, Veto
from skep.core.capacity.vetoes.work import work_would_be_lost

__all__ = ["LIMITS", "VETOES", "Candidate", "Leaver", "Rule", "Surroundings", "Veto"]

#: Every one of them is asked about every node, so that an operator hears all reasons at once; the order is that in
#: which they are told. First what lasts: what the node is, and who wants it kept. Then what the whole Swarm is going
#: through, then what runs there, and last how much it is used.
VETOES: tuple[Rule, ...] = (
    is_manager,
    not_of_a_pool,
    not_serving,
    node_protected,
    kept_by_provider,
    halted,
    no_quorum_to_spare,
    something_waits,
    too_soon,
    rollout_under_way,
    work_would_be_lost,
    service_protected,
    may_not_surge,
    data_would_be_left_behind,
    in_use,
)

#: What depends on the nodes that go before this one: asked again when its turn has come.
LIMITS: tuple[Rule, ...] = (at_minimum, expected, out_of_budget, too_many_at_once, last_of_its_kind, receiving)
