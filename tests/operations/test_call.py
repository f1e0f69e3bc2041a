"""What a call comes to, given how the services stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from skep.core.action import Refusal, RefusalReason, ScaleOrder
from skep.core.bounds import Bounds
from skep.core.call import Call
from skep.core.decision import Hold, Pause
from skep.operations.ask import ServiceStatus
from skep.operations.call import order_of_call
from tests.builders import NOW

WEB = ServiceStatus(
    id="web-id",
    name="web",
    replicas=3,
    running=3,
    is_enabled=True,
    bounds=Bounds(min_replicas=2, max_replicas=10),
    problems=(),
    decision=None,
    hold=None,
)
UP = Call(service="web", step=1, reason="the queue is long")
HOLD = Hold(replicas=5, until=NOW + timedelta(hours=1), actor="ada@desk")


def test_a_call_becomes_an_absolute_order_that_knows_what_it_was_decided_on() -> None:
    assert order_of_call(UP, {"web": WEB}, actor="webhook:kapacitor") == ScaleOrder(
        service_id="web-id",
        service_name="web",
        replicas=4,
        seen_replicas=3,
        evaluation=None,
        reason="the queue is long",
        actor="webhook:kapacitor",
    )


def test_a_call_without_a_reason_says_at_least_who_called() -> None:
    order = order_of_call(replace(UP, reason=""), {"web": WEB}, actor="webhook:kapacitor")
    assert isinstance(order, ScaleOrder)
    assert order.reason == "webhook:kapacitor called"


def test_at_max_there_is_nothing_to_be_done() -> None:
    assert order_of_call(UP, {"web": replace(WEB, replicas=10)}, actor="webhook:kapacitor") is None


def test_the_next_call_replaces_the_count_that_one_before_holds() -> None:
    held = replace(WEB, hold=replace(HOLD, actor="webhook:alertmanager"))
    assert isinstance(order_of_call(UP, {"web": held}, actor="webhook:kapacitor"), ScaleOrder)


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        pytest.param(None, RefusalReason.GONE, "web refused: no such service", id="unknown"),
        pytest.param(
            replace(WEB, is_enabled=False),
            RefusalReason.DISABLED,
            'web refused: skep does not scale it, its label skep.enable is not "true"',
            id="not enabled",
        ),
        pytest.param(
            replace(WEB, problems=("skep.max is missing",), bounds=None),
            RefusalReason.DISABLED,
            "web refused: its labels are wrong: skep.max is missing",
            id="wrong labels",
        ),
        pytest.param(
            replace(WEB, pause=Pause(until=None, actor="ada@desk")),
            RefusalReason.PAUSED,
            "web refused: paused by ada@desk",
            id="paused",
        ),
        pytest.param(
            replace(WEB, hold=HOLD),
            RefusalReason.HELD,
            "web refused: held at 5 replicas by ada@desk",
            id="held by a person",
        ),
        pytest.param(
            replace(WEB, replicas=None),
            RefusalReason.NOT_SCALABLE,
            "web refused: it is a service without a count that skep scales",
            id="global",
        ),
    ],
)
def test_a_call_is_refused_where_skep_or_a_person_says_so(
    status: ServiceStatus | None, reason: RefusalReason, sentence: str
) -> None:
    known = {} if status is None else {"web": status}
    assert order_of_call(UP, known, actor="webhook:kapacitor") == Refusal(reason=reason, sentence=sentence)
