"""Learn which rule would have been cheapest for pools whose policies tune themselves, and choose it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from skep.core.capacity.backoff import PoolEvent
from skep.core.foresight.learning import LOOKED_AT_EVERY
from skep.core.foresight.lesson import Lesson, look_again, wanted_since
from skep.core.foresight.metric_delay import delays_sentence_of_pool
from skep.core.foresight.pools import ASSUMED_JOIN_DELAY, LOAD, measured_join_delay, pool_key, pool_terms
from skep.core.foresight.recording import recorded_gauges
from skep.core.foresight.start_delay import settled_start_delay
from skep.core.foresight.study import Study
from skep.core.metrics.series import Series
from skep.core.policy import Tune
from skep.core.pools import PoolPolicy
from skep.operations.foresee_pools import MOST_LOADS
from skep.operations.limits import lock_ttl
from skep.ports import Lessons, World

__all__ = ["learn_pools"]

_LOOP = "loop:learn.pools"


def learn_pools(
    world: World, lessons: Lessons, pools: Sequence[PoolPolicy], *, interval: timedelta, time_limit: timedelta
) -> tuple[str, ...]:
    """Look at the rules of all pools that have not been looked at for a while.

    Their loads are those that evaluations of nodes have remembered.

    Args:
        world: everything outside.
        lessons: what was learned.
        pools: of the policy file.
        interval: the time from one evaluation to the next.
        time_limit: after this a call has been killed.

    Returns:
        The names of the pools that were looked at.

    Raises:
        Temporary, Permanent: the memory is out of reach, or refuses us.
    """
    tuned = {pool_key(pool.name): pool for pool in pools if pool.tune is not Tune.OFF}
    with world.locks.hold(_LOOP, ttl=lock_ttl(time_limit)) as is_ours:
        if not is_ours:
            return ()
        now, looked_at = world.clock.now(), lessons.looked_at()
        gone = [key for key in looked_at if key.startswith(pool_key("")) and key not in tuned]
        world.memory.forget_pools([key.removeprefix(pool_key("")) for key in gone])
        lessons.forget(gone)
        due = [key for key in tuned if key not in looked_at or now - looked_at[key] >= LOOKED_AT_EVERY]
        studies = lessons.recall(due)
        events = world.memory.pool_events() if due else {}
        for key in due:
            pool = tuned[key]
            # Before anything is learned, so that one of whom it fails does not keep the others from their turn.
            lessons.remember({}, {}, looked_at={key: now})
            _look_at(world, lessons, pool, studies.get(key), events.get(pool.name, ()), interval=interval, now=now)
    return tuple(tuned[key].name for key in due)


def _look_at(
    world: World,
    lessons: Lessons,
    pool: PoolPolicy,
    study: Study | None,
    events: Sequence[PoolEvent],
    *,
    interval: timedelta,
    now: datetime,
) -> None:
    join_delay = settled_start_delay(
        measured_join_delay(events), before=study.start_delay if study is not None else None, interval=interval
    )
    terms = pool_terms(pool, interval=interval, join_delay=ASSUMED_JOIN_DELAY if join_delay is None else join_delay)
    since = wanted_since(study.learned if study is not None else None, terms=terms, window=interval, now=now)
    loads = world.memory.pool_loads(pool.name, last=min((now - since) // interval + _MARGIN, MOST_LOADS))
    series = Series(
        source=pool.name,
        at_epoch_s=tuple(at.timestamp() for at, _ in loads),
        values=tuple(load for _, load in loads),
    )
    recorded = recorded_gauges((series,), since=since, until=now, interval=interval)
    if recorded is None:
        return
    lesson: Lesson | None = look_again(
        study.learned if study is not None else None,
        recorded,
        terms=terms,
        metric=LOAD,
        window=interval,
        price=pool.price,
        current=study.rule if study is not None else None,
        things="nodes",
    )
    if lesson is None:
        return
    key = pool_key(pool.name)
    learned = Study(metric=LOAD, learned=lesson.learned, rule=lesson.choice.rule, start_delay=join_delay)
    delays = delays_sentence_of_pool(join_delay=join_delay, assumed=ASSUMED_JOIN_DELAY)
    lessons.remember({key: learned}, {key: replace(lesson.tuned, delays=delays)}, looked_at={})


#: Evaluations are not on the beat to the second.
_MARGIN = 20
