"""Orders that go on standing: which are in force, which of two pauses binds, and what "hold it" means."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from skep.core.decision import Decision, Hold, Inaction, InactionReason, Pause, Verdict
from skep.core.orders import ALL_SERVICES, OrderKind, PersonOrder, binding_pause, count_to_hold, standing
from tests.builders import NOW, ago, service

IN_AN_HOUR = NOW + timedelta(hours=1)


def order(
    kind: OrderKind, service_id: str = "web-id", *, until: datetime | None = None, replicas: int = 5
) -> PersonOrder:
    return PersonOrder(
        kind=kind,
        service_id=service_id,
        actor="ada",
        at=ago(60),
        replicas=replicas if kind is OrderKind.HOLD else None,
        until=until,
        reason="launch",
    )


# --- what is left of a list of orders ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "held", "paused"),
    [
        pytest.param([], {}, {}, id="nothing was ordered"),
        pytest.param([order(OrderKind.HOLD)], {"web-id": 5}, {}, id="a hold without end"),
        pytest.param([order(OrderKind.HOLD, until=IN_AN_HOUR)], {"web-id": 5}, {}, id="a hold that has not ended"),
        pytest.param([order(OrderKind.HOLD, until=NOW)], {}, {}, id="a hold that ends now"),
        pytest.param([order(OrderKind.HOLD), order(OrderKind.RELEASE)], {}, {}, id="a hold and its release"),
        pytest.param(
            [order(OrderKind.HOLD), order(OrderKind.HOLD, replicas=7)], {"web-id": 7}, {}, id="a hold after another"
        ),
        pytest.param(
            [order(OrderKind.HOLD), order(OrderKind.HOLD, replicas=7, until=ago(1))],
            {},
            {},
            id="an ended hold does not bring back the one before",
        ),
        pytest.param([order(OrderKind.RELEASE), order(OrderKind.HOLD)], {"web-id": 5}, {}, id="released, then held"),
        pytest.param([order(OrderKind.PAUSE)], {}, {"web-id"}, id="a pause"),
        pytest.param([order(OrderKind.PAUSE), order(OrderKind.RESUME)], {}, {}, id="a pause and its end"),
        pytest.param(
            [order(OrderKind.PAUSE, ALL_SERVICES), order(OrderKind.RESUME)],
            {},
            {ALL_SERVICES},
            id="a pause of all is not ended by resuming one",
        ),
        pytest.param(
            [order(OrderKind.PAUSE), order(OrderKind.RESUME, ALL_SERVICES)],
            {},
            {"web-id"},
            id="a pause of one is not ended by resuming all",
        ),
    ],
)
def test_what_stands_after(orders: list[PersonOrder], held: dict[str, int], paused: Collection[str]) -> None:
    found = standing(orders, now=NOW)
    assert {service_id: hold.replicas for service_id, hold in found.holds.items()} == held
    assert set(found.pauses) == set(paused)


def test_what_is_rebuilt_says_what_the_order_said() -> None:
    found = standing([order(OrderKind.HOLD, until=IN_AN_HOUR), order(OrderKind.PAUSE, ALL_SERVICES)], now=NOW)
    assert found.holds["web-id"] == Hold(replicas=5, until=IN_AN_HOUR, actor="ada", reason="launch")
    assert found.pauses[ALL_SERVICES] == Pause(until=None, actor="ada", reason="launch", covers_all=True)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (order(OrderKind.HOLD), "held at 5 replicas until released: launch"),
        (
            order(OrderKind.HOLD, until=IN_AN_HOUR, replicas=1),
            "held at 1 replica until 2026-03-01 13:00:00 UTC: launch",
        ),
        (order(OrderKind.PAUSE), "paused until resumed: launch"),
        (order(OrderKind.PAUSE, until=IN_AN_HOUR), "paused until 2026-03-01 13:00:00 UTC: launch"),
        (order(OrderKind.RELEASE), "released from its hold: launch"),
        (replace(order(OrderKind.RESUME), reason=""), "resumed"),
    ],
    ids=["hold", "hold with an end", "pause", "pause with an end", "release", "resume without a reason"],
)
def test_an_order_reads(given: PersonOrder, sentence: str) -> None:
    assert given.sentence == sentence


# --- which pause binds ---------------------------------------------------------------------------------------------

OWN = Pause(until=IN_AN_HOUR, actor="ada")
OF_ALL = Pause(until=None, actor="bob", covers_all=True)


@pytest.mark.parametrize(
    ("pauses", "binding"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"api-id": OWN}, None, id="that of another service"),
        pytest.param({"web-id": OWN}, OWN, id="its own"),
        pytest.param({"web-id": replace(OWN, until=NOW)}, None, id="its own, ended"),
        pytest.param({ALL_SERVICES: OF_ALL}, OF_ALL, id="that of all"),
        pytest.param(
            {"web-id": replace(OWN, until=ago(1)), ALL_SERVICES: OF_ALL}, OF_ALL, id="that of all after its own ended"
        ),
        pytest.param({"web-id": OWN, ALL_SERVICES: OF_ALL}, OF_ALL, id="one without end lasts longer"),
        pytest.param(
            {"web-id": replace(OWN, until=None), ALL_SERVICES: OF_ALL},
            replace(OWN, until=None),
            id="its own of two without end",
        ),
        pytest.param({"web-id": OWN, ALL_SERVICES: replace(OF_ALL, until=ago(-60))}, OWN, id="the later end"),
    ],
)
def test_the_pause_that_binds_is(pauses: dict[str, Pause], binding: Pause | None) -> None:
    assert binding_pause(pauses, "web-id", now=NOW) == binding


# --- what "hold it" means ------------------------------------------------------------------------------------------

GROWING = Decision(
    evaluation=1,
    at=ago(5),
    service_id="web-id",
    service_name="web",
    verdict=Verdict.GROW,
    reason="requests 340/s on 3 replicas, target 50/s each",
    replicas=3,
    running=3,
    goal=7,
)
PAUSED = Inaction(reason=InactionReason.PAUSED, sentence="paused by ada")
HELD_AT_9 = Hold(replicas=9, until=IN_AN_HOUR, actor="ada")


@pytest.mark.parametrize(
    ("replicas", "decision", "hold", "count"),
    [
        pytest.param(3, None, None, 3, id="the present count where nothing was decided"),
        pytest.param(3, GROWING, None, 7, id="the goal that is about to be reached"),
        pytest.param(7, GROWING, None, 7, id="the goal that was reached"),
        pytest.param(5, GROWING, None, 5, id="what somebody has made of it since"),
        pytest.param(3, replace(GROWING, inaction=PAUSED), None, 3, id="the present count where nothing was done"),
        pytest.param(3, replace(GROWING, at=ago(121)), None, 3, id="the present count after an old decision"),
        pytest.param(3, GROWING, HELD_AT_9, 9, id="the count that is held already"),
        pytest.param(3, GROWING, replace(HELD_AT_9, until=NOW), 7, id="no count whose hold has ended"),
        pytest.param(0, None, None, 0, id="nothing at all"),
    ],
)
def test_to_hold_a_service_as_it_is_means(
    replicas: int, decision: Decision | None, hold: Hold | None, count: int
) -> None:
    assert count_to_hold(service(replicas), decision=decision, hold=hold, now=NOW) == count
