"""Autoscaler/autoscaler (CAF) up to 2.x: ``autoscale.metric=rabbitmq``, the backlog of a queue, waits in intervals."""

import re
from datetime import timedelta

from skep.config.dialects.amounts import read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import Pace, say_pace
from skep.config.units import UnitError, duration_text, read_count

__all__ = ["CAF"]

_METRIC = "autoscale.metric"
_QUEUE = "autoscale.scalingtarget"
_PROFILES = ("autoscale.profile", "autoscale.scalingprofile")
_MIN = "autoscale.mininstances"
_MAX = "autoscale.maxinstances"
_INTERVAL = "autoscale.interval"
_BACKOFF = "autoscale.backoff"
_UP_BACKOFF = "autoscale.scaleupbackoff"
_DOWN_BACKOFF = "autoscale.scaledownbackoff"
_PRIORITIES = ("autoscale.shutdownpriority", "autoscale.shutdownPriority")
_GROUP = "autoscale.groupid"

#: CAF_AUTOSCALER_BACKLOG_GOAL and CAF_AUTOSCALER_SCALING_DELAY, the defaults.
_BACKLOG_GOAL_S = 300
_RECORDS = 10
_LONGEST_INTERVAL_S = 86_400
_LONGEST_COOLDOWN = timedelta(days=1)


def _write(draft: Draft) -> None:
    draft.text(_METRIC)
    draft.say("skep.enable", "true")
    most = draft.read(_MAX, read_positive_count, 5)
    say_bounds(draft, draft.read(_MIN, read_count, 0), most, least_label=_MIN, most_label=_MAX, wakes=True)
    _write_queue(draft)
    _write_pace(draft, most)
    for label in _PROFILES:
        draft.note_given(
            label, "names goals that are not in labels", instead="see the note on CAF_AUTOSCALER_BACKLOG_GOAL"
        )
    for label in _PRIORITIES:
        draft.note_given(
            label,
            "shuts services down when the broker is short of memory, which skep does not",
            instead="bound the queue itself (x-max-length)",
        )
    draft.note_given(_GROUP, "has no meaning on Swarm", instead="it can go")


def _write_queue(draft: Draft) -> None:
    queue = draft.require(_QUEUE, _read_queue, expected="the name of the queue", example="jobs")
    if queue is None:
        return
    draft.say("skep.queue", f"rabbitmq:{queue} target={_BACKLOG_GOAL_S}")
    draft.note(
        "CAF_AUTOSCALER_BACKLOG_GOAL",
        f"is {_BACKLOG_GOAL_S} s: as many replicas as empty the queue in that time at the rate observed",
        instead=f"the target of skep.queue is messages per replica, {_BACKLOG_GOAL_S} times what one takes per second; "
        "as written, that is one message",
    )


def _write_pace(draft: Draft, most: int) -> None:
    interval = timedelta(seconds=draft.read(_INTERVAL, _read_interval, 10))
    backoff = draft.read(_BACKOFF, read_count, 0)
    up = _span(interval, _own_backoff(draft, _UP_BACKOFF, backoff))
    down = _span(interval, _own_backoff(draft, _DOWN_BACKOFF, backoff))
    window = _span(interval, _RECORDS)
    say_pace(
        draft,
        Pace(
            every=interval,
            up_by=None,
            down_by=None,
            cooldown_up=up,
            cooldown_down=down,
            down_window=max(window, up),
        ),
        most=most,
    )
    draft.note(
        _INTERVAL,
        f"is {duration_text(interval)}: backoffs are counted in it, and a decision rests on {_RECORDS} of them",
        instead="skep.cooldown and the window of skep.scale-down are spans",
    )


def _own_backoff(draft: Draft, label: str, backoff: int) -> int:
    """Intervals to wait after a change in one direction; -1 is what holds for both."""
    own = draft.read(label, _read_backoff, -1)
    return backoff if own < 0 else own


def _span(interval: timedelta, intervals: int) -> timedelta:
    """So many intervals, at most a day."""
    return min(interval * min(intervals, _LONGEST_INTERVAL_S), _LONGEST_COOLDOWN)


def _read_interval(text: str) -> int:
    return read_count(text, least=1, most=_LONGEST_INTERVAL_S)


def _read_backoff(text: str) -> int:
    return -1 if text.strip() == "-1" else read_count(text)


def _read_queue(text: str) -> str:
    name = text.strip()
    if not _QUEUE_NAME.fullmatch(name) or not name.isprintable():
        raise UnitError(text, "the name of a queue without spaces, of at most 255 characters", "jobs")
    return name


_QUEUE_NAME = re.compile(r"\S{1,255}")


CAF = Dialect(
    name="caf",
    peer="Autoscaler/autoscaler",
    sign=lambda labels: _METRIC if labels.get(_METRIC) == "rabbitmq" else None,
    write=_write,
    prefixes=("autoscale",),
)
