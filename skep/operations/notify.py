"""Look for what is worth telling, beside all that acts: a message that cannot be sent holds up nothing."""

from datetime import timedelta

from skep.core.notices import LATE_ENTRIES, Looked, NoticeRules, look, troubles
from skep.operations.limits import lock_ttl
from skep.ports import NoticeMemory, World

__all__ = ["look_for_news"]

_MOST_ENTRIES = 1_000
#: Even where evaluations are seconds apart, a Redis or an engine may be restarted.
_LEAST_OVERDUE = timedelta(minutes=5)
_MISSED_EVALUATIONS = 10


def look_for_news(
    world: World, memory: NoticeMemory, *, rules: NoticeRules, interval: timedelta, time_limit: timedelta
) -> Looked | None:
    """Look once; what is returned counts as told.

    Looks never overlap, so that two workers tell nothing twice.

    Args:
        world: everything outside.
        memory: what was told before.
        rules: what people wish to be told.
        interval: between evaluations.
        time_limit: after this a look has been killed, so its lock may go.

    Returns:
        ``None`` where somebody else looks.

    Raises:
        Temporary: memory or journal are out of reach.
    """
    with world.locks.hold("loop:notify", ttl=lock_ttl(time_limit)) as is_ours:
        if not is_ours:
            return None
        state, now = memory.recall(), world.clock.now()
        failures = memory.failures()
        looked = look(
            state,
            rules=rules,
            now=now,
            entries=world.journal.read(
                since=(state.looked_at or now) - LATE_ENTRIES, limit=_MOST_ENTRIES, with_states=False
            ),
            found=troubles(
                world.memory.decisions(),
                failures,
                now=now,
                overdue_after=max(_LEAST_OVERDUE, _MISSED_EVALUATIONS * interval),
            ),
            failures=failures,
        )
        memory.remember(looked.state)
        return looked
