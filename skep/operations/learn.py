"""Learn which rule would have been cheapest for services whose policies tune themselves, and choose it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from skep.core.cluster import Service
from skep.core.foresight.learning import LOOKED_AT_EVERY
from skep.core.foresight.lesson import HISTORY, Lesson, Recorded, look_again, wanted_since
from skep.core.foresight.metric_delay import (
    MetricDelay,
    delays_sentence,
    measured_metric_delay,
    settled_metric_delay,
)
from skep.core.foresight.model import METRIC_DELAY
from skep.core.foresight.pools import pool_key
from skep.core.foresight.recording import recorded_counters, recorded_gauges
from skep.core.foresight.start_delay import ASSUMED_START_DELAY, measured_start_delay, settled_start_delay
from skep.core.foresight.study import Study
from skep.core.foresight.terms import Terms
from skep.core.metrics.series import Answers, Gap, Question
from skep.core.policy import MetricPolicy, ServicePolicy, Signal
from skep.operations.limits import lock_ttl
from skep.operations.tuned import TunedService
from skep.ports import Lessons, World

__all__ = ["Pupil", "learn_rules", "recorded_load"]

_LOOP = "loop:learn.rules"
#: Rates need a point before the first bucket, and points come late.
_MARGIN = timedelta(minutes=1)
_MOST_AT_ONCE = 50
#: What policies can tune themselves by.
_SIGNALS = (Signal.REQUESTS, Signal.INFLIGHT)
#: So much history of all services together is read in one request.
_MOST_HISTORY = HISTORY + timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """A service whose rules are to be looked at.

    Attributes:
        metric: the one whose load is learned.
        study: what was known after the last look, if it was of this metric.
        start_delay: of its replicas, as measured; ``None`` while it is assumed.
        metric_delay: of its load, as measured; ``None`` while it is assumed.
        since: since when its load is wanted.
    """

    service: Service
    policy: ServicePolicy
    metric: MetricPolicy
    terms: Terms
    study: Study | None
    start_delay: timedelta | None
    metric_delay: timedelta | None
    since: datetime


def learn_rules(
    world: World, lessons: Lessons, tuned: Mapping[str, TunedService], *, interval: timedelta, time_limit: timedelta
) -> tuple[str, ...]:
    """Look at the rules of all services that have not been looked at for a while, for half of the time limit at most.

    Those that were looked at longest ago, or never, come first; the rest waits for the next call. A service without
    any recorded load is looked at again as late as the others.

    Args:
        world: everything outside.
        lessons: what was learned.
        tuned: the services whose policies tune themselves, by their ids.
        interval: the time from one evaluation to the next.
        time_limit: after this a call has been killed.

    Returns:
        The names of the services that were looked at.

    Raises:
        Temporary, Permanent: the memory is out of reach, or refuses us.
    """
    with world.locks.hold(_LOOP, ttl=lock_ttl(time_limit)) as is_ours:
        return _learn(world, lessons, tuned, interval, time_limit) if is_ours else ()


def _learn(
    world: World, lessons: Lessons, tuned: Mapping[str, TunedService], interval: timedelta, time_limit: timedelta
) -> tuple[str, ...]:
    started = world.clock.now()
    looked_at = lessons.looked_at()
    lessons.forget(key for key in looked_at.keys() - tuned.keys() if not key.startswith(pool_key("")))
    due = [key for key in tuned if key not in looked_at or started - looked_at[key] >= LOOKED_AT_EVERY]
    due.sort(key=lambda key: looked_at.get(key, datetime.min.replace(tzinfo=started.tzinfo)))
    delays = {signal: measured_metric_delay(world.memory.ages(signal)) for signal in _SIGNALS} if due else {}
    done: list[str] = []
    for some in _portions(due, _MOST_AT_ONCE):
        studies = lessons.recall(some)
        pupils = [_pupil(*tuned[key], studies.get(key), delays, interval=interval, now=started) for key in some]
        for group in _groups(pupils, now=started):
            if world.clock.now() - started > time_limit / 2 or not _look_at(world, lessons, group):
                return tuple(done)
            done += [pupil.service.name for pupil in group]
    return tuple(done)


def _portions(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _pupil(
    service: Service,
    policy: ServicePolicy,
    metric: MetricPolicy,
    study: Study | None,
    delays: Mapping[Signal, MetricDelay | None],
    *,
    interval: timedelta,
    now: datetime,
) -> Pupil:
    if study is not None and study.metric != metric.name:
        study = None
    start_delay = settled_start_delay(
        measured_start_delay(service.tasks),
        before=study.start_delay if study is not None else None,
        interval=interval,
    )
    metric_delay = settled_metric_delay(
        delays[metric.signal], before=study.metric_delay if study is not None else None, interval=interval
    )
    terms = Terms.from_spans(
        target=metric.target_value,
        bounds=policy.bounds,
        interval=interval,
        start_delay=ASSUMED_START_DELAY if start_delay is None else start_delay,
        metric_window=metric.window,
        metric_delay=METRIC_DELAY if metric_delay is None else metric_delay,
        activation=metric.activation,
    )
    known = study.learned if study is not None else None
    return Pupil(
        service=service,
        policy=policy,
        metric=metric,
        terms=terms,
        study=study,
        start_delay=start_delay,
        metric_delay=metric_delay,
        since=wanted_since(known, terms=terms, window=metric.window, now=now),
    )


def _groups(pupils: Sequence[Pupil], *, now: datetime) -> Iterator[list[Pupil]]:
    """Those that can be asked for together: of one signal, and with not too much history in all."""
    for signal in _SIGNALS:
        group: list[Pupil] = []
        for pupil in sorted((p for p in pupils if p.metric.signal is signal), key=lambda p: p.since, reverse=True):
            if group and (len(group) + 1) * (now - pupil.since) > _MOST_HISTORY:
                yield group
                group = []
            group.append(pupil)
        if group:
            yield group


def _look_at(world: World, lessons: Lessons, group: Sequence[Pupil]) -> bool:
    """Learn and choose for all of a group; false where the metrics store has no answer for anybody."""
    now, signal = world.clock.now(), group[0].metric.signal
    window = now - min(pupil.since for pupil in group) + _MARGIN
    names = [pupil.service.name for pupil in group]
    answers = world.metrics.read([Question(signal=signal, window=window)], services=names)
    if isinstance(answers.built_in.get(signal), Gap) or isinstance(answers.durations, Gap):
        return False
    # Before anything is learned, so that one of whom it fails does not keep the others from their turn.
    lessons.remember({}, {}, looked_at={pupil.service.id: now for pupil in group})
    found = {pupil.service.id: (pupil, _lesson(pupil, answers)) for pupil in group}
    learned = {key: (pupil, lesson) for key, (pupil, lesson) in found.items() if lesson is not None}
    lessons.remember(
        {
            key: Study(
                metric=pupil.metric.name,
                learned=lesson.learned,
                rule=lesson.choice.rule,
                start_delay=pupil.start_delay,
                metric_delay=pupil.metric_delay,
            )
            for key, (pupil, lesson) in learned.items()
        },
        {key: replace(lesson.tuned, delays=_delays(pupil)) for key, (pupil, lesson) in learned.items()},
        looked_at={},
    )
    return True


def _delays(pupil: Pupil) -> str:
    return delays_sentence(
        start_delay=pupil.start_delay, metric_delay=pupil.metric_delay, assumed_start=ASSUMED_START_DELAY
    )


def _lesson(pupil: Pupil, answers: Answers) -> Lesson | None:
    recorded = recorded_load(
        pupil.metric, pupil.service.name, answers, since=pupil.since, interval=pupil.terms.interval
    )
    if recorded is None:
        return None
    study = pupil.study
    return look_again(
        study.learned if study is not None else None,
        recorded,
        terms=pupil.terms,
        metric=pupil.metric.name,
        window=pupil.metric.window,
        price=pupil.policy.price,
        current=study.rule if study is not None else None,
    )


def recorded_load(
    metric: MetricPolicy, name: str, answers: Answers, *, since: datetime, interval: timedelta
) -> Recorded | None:
    """The load of one service in buckets, from what the metrics store answered about its metric; ``None`` without any.

    Args:
        metric: a total of requests or of requests in flight.
        name: of the service.
        answers: of the metrics store.
        since: when the first bucket may begin.
        interval: how long each lasts.
    """
    until = answers.as_of
    durations = answers.durations_of(name) if metric.signal is Signal.INFLIGHT else None
    if durations is not None:
        if isinstance(durations, Gap):
            return None
        return recorded_counters([each.sums for each in durations], since=since, until=until, interval=interval)
    answer = answers.of(signal=metric.signal, service=name, metric=metric.name)
    if isinstance(answer, Gap):
        return None
    record = recorded_counters if metric.signal is Signal.REQUESTS else recorded_gauges
    return record(answer, since=since, until=until, interval=interval)
