"""Docker Flow and thomasjpfan/docker-scaler: ``com.df.scale*``, steps told by alerts, some of them in labels."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from skep.config.dialects.amounts import MEMORY_SHARE, number_text, read_decimal, read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, Place
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import BETWEEN_ALERTS, Pace, say_pace
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.pace import read_span
from skep.config.units import UnitError, duration_text, quoted, read_count

__all__ = ["DOCKER_FLOW"]

_SCALE = "com.df.scale"
_MIN = "com.df.scaleMin"
_MAX = "com.df.scaleMax"
_UP_BY = "com.df.scaleUpBy"
_DOWN_BY = "com.df.scaleDownBy"
_NODES = ("com.df.scaleWorkerNode", "com.df.scaleManagerNode")
_NOTIFY = "com.df.notify"
_RESCHEDULE = "com.df.reschedule"
_ALERT_IF = "com.df.alertIf"
_COMPANIONS = ("alertName", "alertFor", "alertLabels", "alertAnnotations", "alertPersistent")


def _sign(labels: Mapping[str, str]) -> str | None:
    """A label for scaling; the announcement alone is also that of services behind the proxy of the same family."""
    of_scaling = next((label for label in labels if label.startswith(_SCALE)), None)
    if of_scaling is None and _NOTIFY in labels:
        return next((label for label in labels if label.startswith(_ALERT_IF)), None)
    return of_scaling


def _write(draft: Draft) -> None:
    draft.text(_NOTIFY)
    draft.say("skep.enable", "true")
    most = draft.read(_MAX, read_positive_count, 5)
    say_bounds(draft, draft.read(_MIN, read_count, 1), most, least_label=_MIN, most_label=_MAX)
    alerts = [label for label in draft.labels if label.startswith(_ALERT_IF)]
    for alert in alerts:
        _write_alert(draft, alert)
    say_pace(draft, _pace(draft, alerts), most=most)
    draft.note(
        _UP_BY,
        "is a step for each alert, and how often one is repeated is not in the labels",
        instead=f"skep takes at most one every {duration_text(BETWEEN_ALERTS)}",
    )
    if not alerts:
        draft.note(_NOTIFY, "comes without an alert in the labels", instead="write what to scale by, as skep.requests")
    _note_the_rest(draft)


def _pace(draft: Draft, alerts: list[str]) -> Pace:
    shrinks = not alerts or any(_asks_for_fewer(draft, alert) for alert in alerts)
    patience = [
        draft.read(_companion(alert, "alertFor"), read_span, timedelta(0))
        for alert in alerts
        if not _asks_for_fewer(draft, alert)
    ]
    return Pace(
        every=BETWEEN_ALERTS,
        up_by=draft.read(_UP_BY, read_positive_count, 1),
        down_by=draft.read(_DOWN_BY, read_positive_count, 1),
        up_window=max(patience, default=timedelta(0)),
        shrinks=shrinks,
    )


def _companion(alert: str, name: str) -> str:
    """The label that belongs to an alert: ``com.df.alertFor.1`` to ``com.df.alertIf.1``."""
    return f"com.df.{name}{alert.removeprefix(_ALERT_IF)}"


def _asks_for_fewer(draft: Draft, alert: str) -> bool:
    condition = draft.text(alert) or ""
    return "_below" in condition or "scale=down" in (draft.text(_companion(alert, "alertLabels")) or "")


def _write_alert(draft: Draft, alert: str) -> None:
    """What an alert comes to, if it is one of the shortcuts that ask for more replicas of a service."""
    for name in _COMPANIONS:
        draft.text(_companion(alert, name))
    condition = (draft.text(alert) or "").strip()
    for shortcut, write in _SHORTCUTS:
        match = shortcut.fullmatch(condition)
        if match:
            write(draft, alert, match)
            return
    draft.note(
        alert,
        f"is {quoted(condition)}, which has no target to keep",
        instead="write it as skep.metric.<name>.query with a target",
    )


def _write_memory(draft: Draft, alert: str, match: re.Match[str]) -> None:
    share = draft.read(alert, lambda _: _read_share(match["share"]), None)
    if share is not None:
        say_thresholds(
            draft,
            (Threshold(measure=MEMORY_SHARE, up=share, down=share, label=alert, down_label=alert, is_given=True),),
        )


def _write_latency(draft: Draft, alert: str, match: re.Match[str]) -> None:
    """Fewer than ``share`` of the requests answered within a time is the same as a percentile above that time."""
    share = draft.read(alert, lambda _: _read_percentile(match["share"]), None)
    within = draft.read(alert, lambda _: _read_span_in_seconds(match["within"]), None)
    if share is None or within is None:
        return
    percentile = number_text(share * 100)
    draft.say("skep.latency", f"p{percentile} < {duration_text(within)}")
    draft.note(
        alert,
        "goes by a histogram of the application",
        instead="skep.latency goes by that of the proxy, and asks for more replicas, never for fewer",
    )


def _note_fewer(draft: Draft, alert: str, match: re.Match[str]) -> None:
    draft.note(
        alert,
        f"is {quoted(match[0])}, but fast answers do not tell how many replicas are enough",
        instead="skep shrinks by skep.requests, skep.inflight, skep.cpu or skep.memory",
    )


def _note_nodes(draft: Draft, alert: str, match: re.Match[str]) -> None:
    draft.note(alert, f"is {quoted(match[0])}, which is about nodes", instead="write a pool into the policy file")


_SHORTCUTS: tuple[tuple[re.Pattern[str], Callable[[Draft, str, re.Match[str]], None]], ...] = (
    (re.compile(r"@service_mem_limit(?:_nobuff)?:(?P<share>[^,_]+)"), _write_memory),
    (re.compile(r"@resp_time_above:(?P<within>[^,_]+),[^,_]+,(?P<share>[^,_]+)"), _write_latency),
    (re.compile(r"@resp_time_below:.*"), _note_fewer),
    (re.compile(r"@(?:node_|replicas_).*"), _note_nodes),
)


def _read_share(text: str) -> Decimal:
    share = read_decimal(text)
    if not 0 < share < 1:
        raise UnitError(text, "a share between 0 and 1", "0.8")
    return share


def _read_percentile(text: str) -> Decimal:
    share = read_decimal(text)
    if not Decimal("0.5") <= share <= Decimal("0.9999"):
        raise UnitError(text, "a share of requests from 0.5 to 0.9999", "0.99")
    return share


def _read_span_in_seconds(text: str) -> timedelta:
    seconds = read_decimal(text)
    if not Decimal("0.001") <= seconds <= 60:  # noqa: PLR2004 - nobody waits longer for an answer
        raise UnitError(text, "seconds from 0.001 to 60", "0.1")
    return timedelta(milliseconds=round(seconds * 1000))


def _note_the_rest(draft: Draft) -> None:
    for label in draft.labels:
        if label.startswith(_NODES):
            draft.note_given(label, "is about nodes", instead="write a pool into the policy file")
    draft.note_given(
        _RESCHEDULE, "starts all replicas anew when nodes came", instead="skep moves single replicas to new nodes"
    )


DOCKER_FLOW = Dialect(
    name="docker-flow",
    peer="Docker Flow and thomasjpfan/docker-scaler",
    sign=_sign,
    write=_write,
    prefixes=(_SCALE, "com.df.alert"),
    places=(Place.SERVICE, Place.CONTAINER),
)
