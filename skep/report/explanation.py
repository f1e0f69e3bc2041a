"""Why a service has the replicas it has, told the way a person would."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from skep.config.in_force import SettingOrigin
from skep.core.action import OUTSIDE
from skep.core.decision import Decision, Hold, Pause, Verdict, plural
from skep.core.outside import OutsideChange
from skep.report.explained_decision import (
    counts,
    how_it_was_decided,
    how_many_run,
    what_is_done,
    what_others_did,
    what_was_wrong,
    when_it_may_change,
)
from skep.report.paragraphs import set_story
from skep.report.standing import OLD_DECISION, Asked, Standing
from skep.report.words import age, elided, joined, one_line, until_text

__all__ = ["explain"]

_LONGEST_SETTING = 60


def explain(
    service: Standing,
    now: datetime,
    *,
    settings: Sequence[SettingOrigin] = (),
    asked: Sequence[Asked] = (),
    width: int = 80,
) -> str:
    """The whole chain from what was measured to what is done, in words.

    Args:
        service: the service with its latest decision.
        now: the present instant; instants are written in its time zone.
        settings: what holds for it, and where each comes from.
        asked: what the metrics store is asked about it.
        width: characters per line.

    Returns:
        Paragraphs, separated by blank lines, without a newline at the end.
    """
    return set_story(_story(service, now, settings, asked), width)


def _story(
    service: Standing, now: datetime, settings: Sequence[SettingOrigin], asked: Sequence[Asked]
) -> Iterator[Iterable[str]]:
    yield _what_it_is(service)
    if service.pause is not None:
        yield [_who_paused_it(service.pause, now)]
    if service.hold is not None:
        yield [_who_holds_it(service.hold, now)]
    if service.problems:
        yield _what_is_wrong(service)
        return
    if settings:
        yield _what_it_was_told(settings)
    if service.is_enabled and service.decision is None:
        yield ["No evaluation has decided it yet. The first comes within seconds of its labels, if beat is running."]
    elif service.is_enabled and service.decision is not None:
        yield from _what_was_decided(service, service.decision, now)
    if asked:
        yield ["The metrics store is asked:", *(f"  {one.about}: {one.statement}" for one in asked)]


# --- what it is -------------------------------------------------------------------------------------------------


def _what_it_is(service: Standing) -> list[str]:
    name = service.name
    if service.replicas is None:
        return [
            f"{name} is not a replicated service: it has no count that could be changed ({service.running} running)."
        ]
    it_has = f"{name} has {plural(service.replicas)}{how_many_run(service.replicas, service.running)}."
    if not service.is_enabled:
        return [it_has, 'skep does not scale it: its label skep.enable is not "true".']
    if service.bounds is None:
        return [it_has]
    allowed = f"Its bounds are {service.bounds.min_replicas} to {service.bounds.max_replicas}."
    decided = service.decision.bounds if service.decision is not None else None
    if decided is not None and decided != service.bounds:
        allowed += f" The last evaluation went by {decided.min_replicas} to {decided.max_replicas}."
    return [f"{it_has} {allowed}"]


def _who_paused_it(pause: Pause, now: datetime) -> str:
    what = "everything" if pause.covers_all else "it"
    until = "until it is resumed" if pause.until is None else until_text(pause.until, now)
    return f"{pause.actor} has paused {what} {until}{_because(pause.reason)}. skep goes on deciding, and does nothing."


def _who_holds_it(hold: Hold, now: datetime) -> str:
    until = "until it is released" if hold.until is None else until_text(hold.until, now)
    no_say = "Metrics have no say while it is held."
    if hold.actor == OUTSIDE:
        return f"It was {hold.reason}, so it is held at {plural(hold.replicas)} {until}. {no_say}"
    return f"{hold.actor} holds it at {plural(hold.replicas)} {until}{_because(hold.reason)}. {no_say}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _what_is_wrong(service: Standing) -> list[str]:
    return [
        "Its labels are wrong, so skep leaves it exactly as it is:",
        *(f"  - {problem.removeprefix(f'{service.name}: ')}" for problem in service.problems),
        "Correct them and deploy it again; the next evaluation reads them.",
    ]


def _what_it_was_told(settings: Sequence[SettingOrigin]) -> Iterator[str]:
    """What its labels say, what is said elsewhere and where, and what nobody says."""
    labels = tuple(_said(one) for one in settings if one.origin == "label")
    elsewhere = tuple(f"{_said(one)} ({one.origin})" for one in settings if one.origin not in {"label", "default"})
    defaults = tuple(_said(one) for one in settings if one.origin == "default")
    if labels:
        yield f"Its labels say {joined(labels)}."
    if elsewhere:
        yield f"Elsewhere it is said: {joined(elsewhere)}."
    if defaults:
        yield f"By default {joined(defaults)}."


def _said(setting: SettingOrigin) -> str:
    text = elided(one_line(setting.text), _LONGEST_SETTING)
    return f'{setting.label}="{text}"' if {" ", ","} & set(text) else f"{setting.label}={text}"


# --- what was decided, now -----------------------------------------------------------------------------------------


def _what_was_decided(service: Standing, decision: Decision, now: datetime) -> Iterator[Iterable[str]]:
    ago = age(decision.at, now)
    if now - decision.at > OLD_DECISION:
        yield [f"Nothing has been decided for {ago}: are beat and a worker on queue observe running?"]
    if decision.verdict is Verdict.INVALID:
        yield [f"When it was last decided, {ago} ago, its labels were wrong: {what_was_wrong(decision)}."]
        return
    if decision.outside is not None and not _is_told_by_the_hold(service, decision.outside):
        yield [what_others_did(decision.outside)]
    yield from how_it_was_decided(decision, now, opening=f"{ago} ago it had {counts(decision)}.")
    yield [what_is_done(decision), *_what_happened_since(service, decision)]
    yield [when_it_may_change(decision, now)]


def _is_told_by_the_hold(service: Standing, change: OutsideChange) -> bool:
    return service.hold is not None and service.hold.reason == change.sentence


def _what_happened_since(service: Standing, decision: Decision) -> Iterator[str]:
    if service.replicas == decision.replicas:
        return
    if service.replicas == decision.goal:
        yield "That has been done."
    else:
        yield f"Since then its count has become {service.replicas}, which was not this decision's doing."
