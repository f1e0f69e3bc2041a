"""Services in every situation that reports have to tell about, all at one instant."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from skep.core.decision import Decision, Hold, Inaction, InactionReason, Pause, Step, Verdict
from skep.core.metrics.series import Gap, GapReason
from skep.core.orders import ALL_SERVICES, OrderKind, PersonOrder
from skep.core.outside import OutsideChange
from skep.core.policy import Bounds, Unit
from skep.core.record import Entry, EntryKind
from skep.core.strategies.proposal import Proposal

NOW = datetime(2026, 11, 23, 14, 2, 15, tzinfo=UTC)
EVALUATION = 1_795_442_531_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A standing, as reports need it."""

    name: str
    replicas: int | None
    running: int
    is_enabled: bool = True
    bounds: Bounds | None = None
    problems: tuple[str, ...] = ()
    decision: Decision | None = None
    hold: Hold | None = None
    pause: Pause | None = None


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def ahead(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def requests(
    value: float,
    *,
    asks: int,
    formula: str,
    total: float | None = None,
    may_shrink: bool = True,
    at: datetime | None = None,
) -> Proposal:
    return Proposal(
        metric="requests",
        unit=Unit.PER_SECOND,
        target_value=50,
        value=value,
        total=total,
        needed=(total or value) / 50,
        at=at or ago(10),
        replicas=asks,
        formula=formula,
        may_shrink=may_shrink,
    )


def cpu(value: float, *, asks: int, formula: str) -> Proposal:
    return Proposal(
        metric="cpu",
        unit=Unit.RATIO,
        target_value=0.7,
        value=value,
        at=ago(12),
        replicas=asks,
        needed=value / 0.7,
        formula=formula,
    )


STALE_REQUESTS = Proposal(
    metric="requests",
    unit=Unit.PER_SECOND,
    target_value=50,
    gap=Gap(reason=GapReason.STALE, detail="newest point is 95 s old, at most 45 s allowed"),
)


def decision(  # one per line of a table of situations
    name: str,
    *,
    verdict: Verdict,
    reason: str,
    replicas: int,
    goal: int,
    running: int | None = None,
    recommendation: int | None = None,
    proposals: tuple[Proposal, ...] = (),
    steps: tuple[Step, ...] = (),
    at: datetime | None = None,
    inaction: Inaction | None = None,
    outside: OutsideChange | None = None,
    waiting_for_room: int = 0,
    bounds: Bounds | None = None,
) -> Decision:
    return Decision(
        evaluation=EVALUATION,
        at=at or ago(4),
        service_id=f"id-of-{name}",
        service_name=name,
        verdict=verdict,
        reason=reason,
        replicas=replicas,
        running=replicas if running is None else running,
        goal=goal,
        recommendation=recommendation,
        bounds=bounds or Bounds(min_replicas=2, max_replicas=20),
        proposals=proposals,
        steps=steps,
        waiting_for_room=waiting_for_room,
        inaction=inaction,
        outside=outside,
        next_change_at=min((step.until for step in steps if step.until), default=None),
    )


GROWING = Example(
    name="shop_web",
    replicas=3,
    running=3,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "shop_web",
        verdict=Verdict.GROW,
        reason=(
            "requests 412/s on 3 replicas, target 50/s each: 9 replicas wanted, "
            "growth is limited to 4 per 15 s, 100% per 15 s"
        ),
        replicas=3,
        goal=7,
        recommendation=9,
        proposals=(
            requests(137.3, total=412, asks=9, formula="412/s / 50/s = 8.24"),
            cpu(0.641, asks=3, formula="64.1% / 70% x 3 ready = 2.75"),
        ),
        steps=(
            Step(
                by="rate",
                replicas_before=9,
                replicas_after=7,
                reason="growth is limited to 4 per 15 s, 100% per 15 s",
                until=ahead(11),
            ),
        ),
    ),
)

SHRINKING_LATER = Example(
    name="shop_checkout",
    replicas=6,
    running=6,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "shop_checkout",
        verdict=Verdict.KEEP,
        reason=(
            "requests 88.9/s on 6 replicas, target 50/s each: 2 replicas wanted, 6 was needed within the last 300 s"
        ),
        replicas=6,
        goal=6,
        recommendation=2,
        proposals=(requests(14.8, total=88.9, asks=2, formula="88.9/s / 50/s = 1.78"),),
        steps=(
            Step(
                by="stabilization",
                replicas_before=2,
                replicas_after=6,
                reason="6 was needed within the last 300 s",
                until=ahead(221),
            ),
        ),
    ),
)

STEADY = Example(
    name="search",
    replicas=1,
    running=1,
    bounds=Bounds(min_replicas=1, max_replicas=4),
    decision=decision(
        "search",
        verdict=Verdict.KEEP,
        reason="cpu 72% each on 1 replica, target 70%, as it should be",
        replicas=1,
        goal=1,
        recommendation=1,
        proposals=(cpu(0.72, asks=1, formula="72% / 70% x 1 ready = 1.03"),),
    ),
)

BLIND = Example(
    name="shop_api",
    replicas=4,
    running=4,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "shop_api",
        verdict=Verdict.KEEP,
        reason="cpu 21.5% each on 4 replicas, target 70%: 2 replicas wanted, no shrinking with no value of requests",
        replicas=4,
        goal=4,
        recommendation=2,
        proposals=(STALE_REQUESTS, cpu(0.215, asks=2, formula="21.5% / 70% x 4 ready = 1.23")),
        steps=(Step(by="gaps", replicas_before=2, replicas_after=4, reason="no shrinking with no value of requests"),),
    ),
)

QUITE_BLIND = Example(
    name="mail",
    replicas=2,
    running=2,
    bounds=Bounds(min_replicas=1, max_replicas=5),
    decision=decision(
        "mail",
        verdict=Verdict.KEEP,
        reason="no value of requests (stale: newest point is 95 s old, at most 45 s allowed)",
        replicas=2,
        goal=2,
        recommendation=2,
        proposals=(STALE_REQUESTS,),
    ),
)

HELD = Example(
    name="landing",
    replicas=12,
    running=11,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    hold=Hold(replicas=12, until=ahead(28 * 60), actor="ada@desk", reason="the advert runs at eight"),
    decision=decision(
        "landing",
        verdict=Verdict.GROW,
        reason="held at 12 replicas by ada@desk until 2026-11-23 14:30:15 UTC (the advert runs at eight)",
        replicas=3,
        goal=12,
        proposals=(requests(22, total=66, asks=2, formula="66/s / 50/s = 1.32"),),
        steps=(
            Step(
                by="hold",
                replicas_before=3,
                replicas_after=12,
                reason="held at 12 replicas by ada@desk until 2026-11-23 14:30:15 UTC (the advert runs at eight)",
                until=ahead(28 * 60),
            ),
        ),
    ),
)

ROLLING_OUT = Example(
    name="pay",
    replicas=3,
    running=2,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "pay",
        verdict=Verdict.LEAVE_ALONE,
        reason="left alone: a rollout with automatic rollback is under way; a change now would disarm it",
        replicas=3,
        running=2,
        goal=3,
        proposals=(requests(61, total=183, asks=4, formula="183/s / 50/s = 3.66", may_shrink=False),),
        steps=(
            Step(
                by="rollout",
                replicas_before=3,
                replicas_after=3,
                reason="left alone: a rollout with automatic rollback is under way; a change now would disarm it",
            ),
        ),
    ),
)

WRONG_LABELS = Example(
    name="shop_feed",
    replicas=2,
    running=2,
    problems=(
        'shop_feed: skep.requests is "fifty", expected a rate, for example 50/s or 3000/m',
        "shop_feed: skep.max is missing, expected a whole number from 1 to 2147483647, for example 20",
    ),
    decision=decision(
        "shop_feed",
        verdict=Verdict.INVALID,
        reason='left alone: the label skep.requests is "fifty"',
        replicas=2,
        goal=2,
    ),
)

DRY_RUN = Example(
    name="beta",
    replicas=2,
    running=2,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "beta",
        verdict=Verdict.GROW,
        reason="requests 142/s on 2 replicas, target 50/s each",
        replicas=2,
        goal=3,
        recommendation=3,
        proposals=(requests(71, total=142, asks=3, formula="142/s / 50/s = 2.84"),),
        inaction=Inaction(reason=InactionReason.DRY_RUN, sentence="the label skep.dry-run is set"),
    ),
)

FORGOTTEN = Example(
    name="old",
    replicas=5,
    running=5,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "old",
        verdict=Verdict.GROW,
        reason="requests 142/s on 2 replicas, target 50/s each",
        replicas=2,
        goal=3,
        recommendation=3,
        proposals=(requests(71, total=142, asks=3, formula="142/s / 50/s = 2.84", at=ago(12 * 60 + 6)),),
        at=ago(12 * 60),
    ),
)

PAUSED = Example(
    name="cart",
    replicas=2,
    running=2,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    pause=Pause(until=ahead(2 * 3600), actor="ada@desk", reason="the database moves"),
    decision=decision(
        "cart",
        verdict=Verdict.GROW,
        reason="requests 142/s on 2 replicas, target 50/s each",
        replicas=2,
        goal=3,
        recommendation=3,
        proposals=(requests(71, total=142, asks=3, formula="142/s / 50/s = 2.84"),),
        inaction=Inaction(
            reason=InactionReason.PAUSED, sentence="paused by ada@desk (the database moves)", until=ahead(2 * 3600)
        ),
    ),
)

WITHOUT_ROOM = Example(
    name="render",
    replicas=5,
    running=3,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "render",
        verdict=Verdict.KEEP,
        reason="requests 410/s on 5 replicas, target 50/s each: 9 replicas wanted, "
        "2 replicas of it wait for room on a node",
        replicas=5,
        running=3,
        goal=5,
        recommendation=9,
        proposals=(requests(82, total=410, asks=9, formula="410/s / 50/s = 8.20"),),
        steps=(
            Step(
                by="room",
                replicas_before=9,
                replicas_after=5,
                reason="2 replicas of it wait for room on a node",
            ),
        ),
        waiting_for_room=2,
    ),
)

ORDERS_UNKNOWN = Example(
    name="forum",
    replicas=6,
    running=6,
    bounds=Bounds(min_replicas=2, max_replicas=20),
    decision=decision(
        "forum",
        verdict=Verdict.KEEP,
        reason="requests 60/s on 6 replicas, target 50/s each: 2 replicas wanted, "
        "no shrinking while the orders of people are not known again",
        replicas=6,
        goal=6,
        recommendation=2,
        proposals=(requests(10, total=60, asks=2, formula="60/s / 50/s = 1.20"),),
        steps=(
            Step(
                by="orders unknown",
                replicas_before=2,
                replicas_after=6,
                reason="no shrinking while the orders of people are not known again",
            ),
        ),
        inaction=Inaction(
            reason=InactionReason.ORDERS_UNKNOWN,
            sentence="the memory was lost, and the orders of people are not known again yet",
        ),
    ),
)

NEW = Example(name="new", replicas=2, running=0, bounds=Bounds(min_replicas=2, max_replicas=6))
NOT_ENABLED = Example(name="db", replicas=1, running=1, is_enabled=False)
GLOBAL = Example(name="node-exporter", replicas=None, running=3, is_enabled=False)

ALL = (
    DRY_RUN,
    PAUSED,
    ORDERS_UNKNOWN,
    HELD,
    QUITE_BLIND,
    NEW,
    FORGOTTEN,
    ROLLING_OUT,
    WITHOUT_ROOM,
    STEADY,
    BLIND,
    SHRINKING_LATER,
    WRONG_LABELS,
    GROWING,
    NOT_ENABLED,
    GLOBAL,
)


def entry(
    kind: EntryKind,
    name: str,
    before: int,
    after: int,
    sentence: str,
    *,
    at: datetime,
    actor: str,
    task_id: str | None = None,
    order: PersonOrder | None = None,
) -> Entry:
    return Entry(
        kind=kind,
        at=at,
        service_id=f"id-of-{name}",
        service_name=name,
        actor=actor,
        replicas_before=before,
        replicas_after=after,
        sentence=sentence,
        task_id=task_id,
        order=order,
    )


def person_order(
    kind: OrderKind, name: str, *, replicas: int | None = None, until: datetime | None = None
) -> PersonOrder:
    return PersonOrder(
        kind=kind,
        service_id=name if name == ALL_SERVICES else f"id-of-{name}",
        actor="ada@desk",
        at=ago(120),
        replicas=replicas,
        until=until,
        reason="the advert runs at eight",
    )


ORDERED = (
    replace(
        entry(
            EntryKind.ORDERED,
            ALL_SERVICES,
            0,
            0,
            "everything paused until resumed: the advert runs at eight",
            at=ago(20),
            actor="ada@desk",
            task_id="pause.all.1",
            order=person_order(OrderKind.PAUSE, ALL_SERVICES),
        ),
        service_id=ALL_SERVICES,
    ),
    entry(
        EntryKind.OUTSIDE,
        "search",
        1,
        3,
        "search set from 1 to 3 by somebody outside skep",
        at=ago(60),
        actor="outside",
        order=person_order(OrderKind.HOLD, "search", replicas=3, until=ahead(29 * 60)),
    ),
    entry(
        EntryKind.OUTSIDE,
        "shop_api",
        8,
        2,
        "shop_api deployed with its stack, which set its count from 8 to 2",
        at=ago(90),
        actor="outside",
    ),
    entry(
        EntryKind.OUTSIDE,
        "shop_api",
        2,
        2,
        "shop_api labels changed: skep.max 10 → 20",
        at=ago(95),
        actor="outside",
    ),
    entry(
        EntryKind.CHANGED,
        "landing",
        3,
        12,
        "landing 3 → 12: the advert runs at eight",
        at=ago(120),
        actor="ada@desk",
        task_id="scale.landing.1",
    ),
    entry(
        EntryKind.ORDERED,
        "landing",
        3,
        3,
        "landing held at 12 replicas until 2026-11-23 14:30:15 UTC: the advert runs at eight",
        at=ago(120.1),
        actor="ada@desk",
        task_id="scale.landing.1",
        order=person_order(OrderKind.HOLD, "landing", replicas=12, until=ahead(28 * 60)),
    ),
    entry(
        EntryKind.ORDERED,
        "cart",
        2,
        2,
        "cart held at 2 replicas until released: the advert runs at eight",
        at=ago(300),
        actor="ada@desk",
        task_id="hold.cart.1",
        order=person_order(OrderKind.HOLD, "cart", replicas=2),
    ),
    entry(
        EntryKind.ORDERED,
        "cart",
        2,
        2,
        "cart released from its hold: the advert runs at eight",
        at=ago(400),
        actor="ada@desk",
        task_id="release.cart.1",
        order=person_order(OrderKind.RELEASE, "cart"),
    ),
)

ENTRIES = (
    entry(
        EntryKind.CHANGED,
        "shop_web",
        3,
        7,
        "shop_web 3 → 7: requests 412/s on 3 replicas, target 50/s each: 9 replicas wanted, "
        "growth is limited to 4 per 15 s, 100% per 15 s",
        at=ago(3),
        actor="skep",
    ),
    entry(
        EntryKind.REFUSED,
        "shop_web",
        3,
        3,
        "shop_web=40 refused: bounds are 2..20 (--beyond-bounds insists)",
        at=ago(64),
        actor="ada@desk",
    ),
    entry(
        EntryKind.CHANGED, "landing", 3, 12, "landing 3 → 12: the advert runs at eight", at=ago(120), actor="ada@desk"
    ),
    entry(
        EntryKind.HELD,
        "shop_api",
        4,
        4,
        "shop_api stays 4: cpu 21.5% each on 4 replicas, target 70%: 2 replicas wanted, "
        "no shrinking with no value of requests",
        at=ago(400),
        actor="skep",
    ),
    entry(
        EntryKind.CHANGED,
        "shop_checkout",
        8,
        6,
        "shop_checkout 8 → 6: requests 264/s on 8 replicas, target 50/s each",
        at=ago(20 * 3600),
        actor="skep",
    ),
)
