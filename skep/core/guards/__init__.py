"""Guards: what stands between the metrics' wish and a change. One per file; their order is written here, once."""

from skep.core.decision import Guard, Override
from skep.core.guards.activation import activated
from skep.core.guards.bounds import out_of_bounds, within_bounds
from skep.core.guards.cooldown import cooled_down
from skep.core.guards.flaps import within_flap_budget
from skep.core.guards.gaps import no_shrink_on_gaps
from skep.core.guards.hold import held
from skep.core.guards.integer_shrink import fits_after_shrinking
from skep.core.guards.orders_unknown import no_shrink_without_orders
from skep.core.guards.rate import rate_limited
from skep.core.guards.restored import restored
from skep.core.guards.rollout import during_rollout, growth_only
from skep.core.guards.room import no_growth_without_room
from skep.core.guards.stabilization import stabilized
from skep.core.guards.stranded import none_stranded
from skep.core.guards.switched_off import switched_off

__all__ = ["GUARDS", "OVERRIDES"]

#: Asked before any metric; the first that speaks decides. A rollout comes first, because touching one can destroy
#: what nobody can bring back; then what people ordered: off (zero replicas) before a hold, which it ends for as long
#: as it lasts; then what a deploy has undone; then the bounds, which hold even while every metric fails.
OVERRIDES: tuple[Override, ...] = (during_rollout, switched_off, held, restored, out_of_bounds)

#: Applied in turn to what the metrics wish. The bounds come first, so that nothing below argues about counts that can
#: never be. Then whether there is to be anything at all (activation), and whether a smaller count would do (integer
#: shrink). Then what makes a wish unbelievable or useless: gaps, a rollout, forgotten orders, no room, many turns.
#: Then what needs patience (stabilization), and how fast a change may be (rate, cooldown). Then that no replica is left
#: over that Swarm would never start; and the bounds again last, so that they hold whatever was said before.
GUARDS: tuple[Guard, ...] = (
    within_bounds,
    activated,
    fits_after_shrinking,
    no_shrink_on_gaps,
    growth_only,
    no_shrink_without_orders,
    no_growth_without_room,
    within_flap_budget,
    stabilized,
    rate_limited,
    cooled_down,
    none_stranded,
    within_bounds,
)
