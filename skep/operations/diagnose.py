"""Look at a Swarm that runs as its operator would: what is wrong with labels, the policy file, metrics and stores."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from skep.config.finding import Finding
from skep.config.labels import LabelDefaults
from skep.config.lint import StoreTrouble, lint_swarm
from skep.core.cluster import Service
from skep.core.metrics.series import Gap, Question
from skep.core.policy import Signal
from skep.errors import Temporary
from skep.ports import World

__all__ = ["diagnose"]

#: Any answer tells that the store is there; processor use is what every Telegraf in a Swarm writes.
_PROBE = Question(signal=Signal.CPU, window=timedelta(minutes=1))


def diagnose(world: World, *, defaults: LabelDefaults, interval: timedelta) -> tuple[Finding, ...]:
    """All findings: of stores and the policy file first, then by service.

    Args:
        world: everything outside.
        defaults: what labels mean where they are silent.
        interval: the time from one evaluation to the next.

    Raises:
        Temporary, Permanent: the Swarm or the memory is out of reach or refuses.
    """
    services = world.swarm.read().services
    return lint_swarm(
        services,
        decisions=world.memory.decisions(),
        troubles=tuple(_troubles(world, services)),
        defaults=defaults,
        now=world.clock.now(),
        interval=interval,
    )


def _troubles(world: World, services: Sequence[Service]) -> Iterator[StoreTrouble]:
    answer = world.metrics.read([_PROBE], services=[service.name for service in services[:1]])
    gap = answer.built_in.get(_PROBE.signal)
    if isinstance(gap, Gap):
        yield StoreTrouble(store="the metrics", detail=gap.sentence)
    try:
        # What waits for the permanent store goes there anyway; that it cannot is what has to be known.
        world.journal.forward(limit=1)
    except Temporary as error:
        yield StoreTrouble(store="the journal", detail=str(error))
