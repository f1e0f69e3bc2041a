"""Services in every situation that explanations have to tell about, beyond those of the tables."""

from dataclasses import replace
from datetime import datetime

from skep.config.in_force import SettingOrigin
from skep.core.action import OUTSIDE
from skep.core.decision import Decision, Hold, Pause, Step, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.orders import OrderKind
from skep.core.outside import OutsideChange, OutsideKind
from skep.core.policy import Bounds, OnMissing, Unit
from skep.core.record import EntryKind
from skep.core.strategies.proposal import Proposal
from tests.report.examples import (
    GROWING,
    STALE_REQUESTS,
    Example,
    ago,
    ahead,
    decision,
    entry,
    person_order,
    requests,
)

__all__ = ["AT", "GROWN", "INVALID_THEN", "SETTINGS", "SINCE", "SITUATIONS"]

BOUNDS = Bounds(min_replicas=2, max_replicas=20)


def step(by: str, before: int, after: int, reason: str, *, until: datetime | None = None) -> Step:
    return Step(by=by, replicas_before=before, replicas_after=after, reason=reason, until=until)


def situation(name: str, decided: Decision, *, bounds: Bounds = BOUNDS) -> Example:
    """A service as it was decided."""
    return Example(name=name, replicas=decided.replicas, running=decided.running, bounds=bounds, decision=decided)


def kept(name: str, replicas: int, wanted: int, total: float, guard: Step) -> Example:
    """A service that one guard kept where it is."""
    text = f"{total:g}/s / 50/s = {total / 50:.2f}"
    decided = decision(
        name,
        verdict=Verdict.KEEP,
        reason=f"requests {total:g}/s on {replicas} replicas, target 50/s each: {wanted} wanted, {guard.reason}",
        replicas=replicas,
        goal=replicas,
        recommendation=wanted,
        proposals=(requests(total / replicas, total=total, asks=wanted, formula=text),),
        steps=(guard,),
    )
    return situation(name, decided)


def latency(value: float | None, *, asks: int | None, formula: str) -> Proposal:
    return Proposal(
        metric="latency",
        unit=Unit.SECONDS,
        target_value=0.25,
        value=value,
        at=ago(10),
        replicas=asks,
        formula=formula,
    )


# --- guards --------------------------------------------------------------------------------------------------------

LOOKED_AHEAD = kept(
    "look-ahead",
    3,
    2,
    123.0,
    step("integer shrink", 2, 3, "on 2 replicas requests would be 61.5/s each, beyond its target of 50/s"),
)
FLAPPING = kept(
    "flaps",
    5,
    3,
    140.0,
    step(
        "flaps",
        3,
        5,
        "no shrinking: its direction has changed 5 times within an hour, 4 are allowed",
        until=ahead(11 * 60),
    ),
)
COOLING = kept(
    "cooldown",
    5,
    3,
    140.0,
    step("cooldown", 3, 5, "shrinking cools down for 180 s after the last change", until=ahead(95)),
)
UPDATING = kept("updating", 5, 3, 140.0, step("rollout", 3, 5, "no shrinking while a rollout is under way"))
AWAKE = situation(
    "awake",
    decision(
        "awake",
        verdict=Verdict.KEEP,
        reason="requests 0/s on 1 replica, target 50/s each: 0 replicas wanted, "
        "it sleeps when nothing has been active for 300 s",
        replicas=1,
        goal=1,
        recommendation=0,
        proposals=(requests(0, total=0, asks=0, formula="0/s / 50/s = 0.00"),),
        steps=(step("activation", 0, 1, "it sleeps when nothing has been active for 300 s", until=ahead(3 * 60 + 20)),),
        bounds=Bounds(min_replicas=0, max_replicas=20),
    ),
    bounds=Bounds(min_replicas=0, max_replicas=20),
)
WOKEN = situation(
    "woken",
    decision(
        "woken",
        verdict=Verdict.GROW,
        reason="requests 0.2/s on 0 replicas, target 50/s each",
        replicas=0,
        goal=1,
        recommendation=1,
        proposals=(requests(0.2, total=0.2, asks=1, formula="0.2/s / 50/s = 0.00"),),
        bounds=Bounds(min_replicas=0, max_replicas=20),
    ),
    bounds=Bounds(min_replicas=0, max_replicas=20),
)
SCHEDULED = situation(
    "scheduled",
    decision(
        "scheduled",
        verdict=Verdict.GROW,
        reason="requests 60/s on 5 replicas, target 50/s each: 2 replicas wanted, min is 8 by schedule morning",
        replicas=5,
        goal=8,
        recommendation=2,
        proposals=(requests(12, total=60, asks=2, formula="60/s / 50/s = 1.20"),),
        steps=(step("bounds", 2, 8, "min is 8 by schedule morning", until=ahead(3 * 3600 + 57 * 60 + 45)),),
        bounds=Bounds(min_replicas=8, max_replicas=30),
    ),
    bounds=Bounds(min_replicas=8, max_replicas=30),
)

# --- what stands above the metrics ---------------------------------------------------------------------------------

BEYOND_MAX = situation(
    "beyond-max",
    decision(
        "beyond-max",
        verdict=Verdict.SHRINK,
        reason="max is 20",
        replicas=26,
        goal=20,
        proposals=(STALE_REQUESTS,),
        steps=(step("bounds", 26, 20, "max is 20"),),
    ),
)
SWITCHED_OFF = situation(
    "switched-off",
    decision(
        "switched-off",
        verdict=Verdict.LEAVE_ALONE,
        reason="left alone: somebody set it to 0 replicas although min is 2; raise it to switch it on",
        replicas=0,
        goal=0,
        proposals=(requests(0, total=0, asks=0, formula="0/s / 50/s = 0.00"),),
        steps=(
            step(
                "switched off",
                0,
                0,
                "left alone: somebody set it to 0 replicas although min is 2; raise it to switch it on",
            ),
        ),
    ),
)
DEPLOYED = situation(
    "deployed",
    decision(
        "deployed",
        verdict=Verdict.GROW,
        reason="deployed with its stack, which set its count from 8 to 2: back to 8, as it was needed before",
        replicas=2,
        running=2,
        goal=8,
        proposals=(requests(190, total=380, asks=8, formula="380/s / 50/s = 7.60"),),
        steps=(
            step(
                "deploy",
                2,
                8,
                "deployed with its stack, which set its count from 8 to 2: back to 8, as it was needed before",
            ),
        ),
        outside=OutsideChange(
            kind=OutsideKind.DEPLOY,
            replicas_before=8,
            replicas_after=2,
            sentence="deployed with its stack, which set its count from 8 to 2",
        ),
    ),
)
_BY_A_STRANGER = "set from 3 to 5 by somebody outside skep"
CHANGED_OUTSIDE = replace(
    situation(
        "changed-outside",
        decision(
            "changed-outside",
            verdict=Verdict.LEAVE_ALONE,
            reason=f"held at 5 replicas by outside until 2026-11-23 14:31:11 UTC ({_BY_A_STRANGER})",
            replicas=5,
            goal=5,
            proposals=(requests(28, total=140, asks=3, formula="140/s / 50/s = 2.80"),),
            steps=(
                step(
                    "hold",
                    5,
                    5,
                    f"held at 5 replicas by outside until 2026-11-23 14:31:11 UTC ({_BY_A_STRANGER})",
                    until=ahead(28 * 60 + 56),
                ),
            ),
            outside=OutsideChange(
                kind=OutsideKind.PERSON, replicas_before=3, replicas_after=5, sentence=_BY_A_STRANGER
            ),
        ),
    ),
    hold=Hold(replicas=5, until=ahead(28 * 60 + 56), actor=OUTSIDE, reason=_BY_A_STRANGER),
)
HELD_FOR_EVER = replace(
    situation(
        "held-for-ever",
        decision(
            "held-for-ever",
            verdict=Verdict.LEAVE_ALONE,
            reason="held at 4 replicas by ada@desk until it is released (the fair)",
            replicas=4,
            goal=4,
            proposals=(requests(12, total=48, asks=1, formula="48/s / 50/s = 0.96"),),
            steps=(step("hold", 4, 4, "held at 4 replicas by ada@desk until it is released (the fair)"),),
        ),
    ),
    hold=Hold(replicas=4, until=None, actor="ada@desk", reason="the fair"),
)
RELABELLED = situation(
    "relabelled",
    decision(
        "relabelled",
        verdict=Verdict.KEEP,
        reason="requests 140/s on 3 replicas, target 50/s each, as it should be",
        replicas=3,
        goal=3,
        recommendation=3,
        proposals=(requests(46.7, total=140, asks=3, formula="140/s / 50/s = 2.80, within the tolerance"),),
        outside=OutsideChange(
            kind=OutsideKind.RELABELLED,
            replicas_before=3,
            replicas_after=3,
            sentence="labels changed: skep.max 10 → 20",
        ),
    ),
)
ALL_PAUSED = replace(
    RELABELLED,
    name="all-paused",
    pause=Pause(until=None, actor="bob@desk", reason="the network moves", covers_all=True),
)

# --- metrics that have no value, or no count to ask for ------------------------------------------------------------

ON_LAST_VALUE = situation(
    "last-value",
    decision(
        "last-value",
        verdict=Verdict.GROW,
        reason="requests 412/s on 3 replicas, target 50/s each",
        replicas=3,
        goal=9,
        recommendation=9,
        proposals=(
            replace(
                requests(137.3, total=412, asks=9, formula="last value, 95 s old: 412/s / 50/s = 8.24", at=ago(99)),
                gap=STALE_REQUESTS.gap,
                gap_since=ago(54),
                stand_in=OnMissing.LAST,
                may_shrink=False,
            ),
        ),
    ),
)
ON_STATIC = situation(
    "static",
    decision(
        "static",
        verdict=Verdict.GROW,
        reason="requests 0/s each on 3 replicas, target 50/s",
        replicas=3,
        goal=10,
        recommendation=10,
        proposals=(
            replace(
                STALE_REQUESTS,
                replicas=10,
                gap_since=ago(124),
                stand_in=OnMissing.STATIC,
                formula="no value, static 10",
            ),
        ),
    ),
)
TOO_SLOW = situation(
    "too-slow",
    decision(
        "too-slow",
        verdict=Verdict.GROW,
        reason="latency 410 ms each on 4 replicas, target 250 ms",
        replicas=4,
        goal=6,
        recommendation=6,
        proposals=(
            requests(35, total=140, asks=3, formula="140/s / 50/s = 2.80"),
            latency(0.41, asks=6, formula="410 ms against at most 250 ms: 4 x 1.50 = 6.00"),
        ),
    ),
)
FAST_ENOUGH = situation(
    "fast-enough",
    decision(
        "fast-enough",
        verdict=Verdict.KEEP,
        reason="no metric to follow",
        replicas=4,
        goal=4,
        recommendation=4,
        proposals=(latency(0.12, asks=None, formula="120 ms against at most 250 ms, kept"),),
    ),
)
NOBODY_ASKS = situation(
    "nobody-asks",
    decision(
        "nobody-asks",
        verdict=Verdict.KEEP,
        reason="requests 0/s on 2 replicas, target 50/s each: no change wanted, min is 2",
        replicas=2,
        goal=2,
        recommendation=0,
        proposals=(
            requests(0, total=0, asks=0, formula="0/s / 50/s = 0.00"),
            latency(None, asks=None, formula="no requests, and so no latency"),
        ),
        steps=(step("bounds", 0, 2, "min is 2"),),
    ),
)
PARTLY_BLIND = situation(
    "partly-blind",
    decision(
        "partly-blind",
        verdict=Verdict.KEEP,
        reason="no value of requests (stale: newest point is 95 s old, at most 45 s allowed), "
        "latency (no data: the store holds no points for this service in the window)",
        replicas=4,
        goal=4,
        recommendation=4,
        proposals=(
            replace(STALE_REQUESTS, gap_since=ago(54)),
            replace(
                latency(None, asks=None, formula=""),
                gap=Gap(reason=GapReason.NO_DATA, detail="the store holds no points for this service in the window"),
            ),
        ),
    ),
)

SITUATIONS = (
    LOOKED_AHEAD,
    FLAPPING,
    COOLING,
    UPDATING,
    AWAKE,
    WOKEN,
    SCHEDULED,
    BEYOND_MAX,
    SWITCHED_OFF,
    DEPLOYED,
    CHANGED_OUTSIDE,
    HELD_FOR_EVER,
    RELABELLED,
    ALL_PAUSED,
    ON_LAST_VALUE,
    ON_STATIC,
    TOO_SLOW,
    FAST_ENOUGH,
    NOBODY_ASKS,
    PARTLY_BLIND,
)

SETTINGS = (
    SettingOrigin(label="skep.enable", text="true", origin="label"),
    SettingOrigin(label="skep.max", text="20", origin="label"),
    SettingOrigin(label="skep.requests", text="50/s", origin="label"),
    SettingOrigin(label="skep.cpu", text="70%", origin="policy.yml:12:9"),
    SettingOrigin(label="skep.tolerance", text="10%", origin="default"),
    SettingOrigin(label="skep.scale-down", text="window=5m rate=100%/15s", origin="default"),
)

# --- the past ------------------------------------------------------------------------------------------------------

AT = ago(2 * 3600)
_DECIDED_AT = ago(2 * 3600 + 105)
assert GROWING.decision is not None
GROWN = replace(
    entry(
        EntryKind.CHANGED,
        "shop_web",
        3,
        7,
        f"shop_web 3 → 7: {GROWING.decision.reason}",
        at=_DECIDED_AT,
        actor="skep",
    ),
    decision=replace(
        GROWING.decision,
        at=_DECIDED_AT,
        proposals=tuple(replace(p, at=ago(2 * 3600 + 111)) for p in GROWING.decision.proposals),
        steps=tuple(replace(s, until=ago(2 * 3600 + 94)) for s in GROWING.decision.steps),
        next_change_at=ago(2 * 3600 + 94),
    ),
)
SINCE = (
    entry(
        EntryKind.ORDERED,
        "shop_web",
        7,
        7,
        "shop_web held at 9 replicas until 2026-11-23 12:31:15 UTC: the advert runs at eight",
        at=ago(2 * 3600 + 60.1),
        actor="ada@desk",
        order=person_order(OrderKind.HOLD, "shop_web", replicas=9),
    ),
    entry(
        EntryKind.CHANGED,
        "shop_web",
        7,
        9,
        "shop_web 7 → 9: the advert runs at eight",
        at=ago(2 * 3600 + 60),
        actor="ada@desk",
    ),
)
INVALID_THEN = replace(
    entry(
        EntryKind.STATE,
        "shop_feed",
        2,
        2,
        'shop_feed stays 2: left alone: skep.requests is "fifty"',
        at=_DECIDED_AT,
        actor="skep",
    ),
    decision=decision(
        "shop_feed",
        verdict=Verdict.INVALID,
        reason='left alone: skep.requests is "fifty"',
        replicas=2,
        goal=2,
        at=_DECIDED_AT,
    ),
)
