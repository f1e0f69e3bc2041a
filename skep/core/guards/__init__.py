"""Guards: what stands between the metrics' wish and a change. One per file; their order is written here, once."""

from skep.core.decision import Guard, Override
from skep.core.guards.bounds import out_of_bounds, within_bounds
from skep.core.guards.cooldown import cooled_down
from skep.core.guards.gaps import no_shrink_on_gaps
from skep.core.guards.hold import held
from skep.core.guards.rate import rate_limited
from skep.core.guards.rollout import during_rollout, growth_only
from skep.core.guards.stabilization import stabilized
from skep.core.guards.switched_off import switched_off

__all__ = ["GUARDS", "OVERRIDES"]

#: Asked before any metric; the first that speaks decides. A rollout comes first, because touching one can destroy
#: what nobody can bring back; then what people ordered, the explicit order (a hold) after the silent one (zero
#: replicas); then the bounds, which hold even while every metric fails.
OVERRIDES: tuple[Override, ...] = (during_rollout, switched_off, held, out_of_bounds)

#: Applied in turn to what the metrics wish. The bounds come first, so that nothing below argues about counts that
#: can never be; then what makes a wish unbelievable (gaps, a rollout), what needs patience (stabilization), and how
#: fast a change may be (rate, cooldown); and the bounds again last, so that they hold whatever was said before.
GUARDS: tuple[Guard, ...] = (
    within_bounds,
    no_shrink_on_gaps,
    growth_only,
    stabilized,
    rate_limited,
    cooled_down,
    within_bounds,
)
