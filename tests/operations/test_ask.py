"""Questions of people get whole answers."""

from datetime import datetime, timedelta

import pytest

from skep.config.labels import LabelDefaults
from skep.core.action import ScaleOrder
from skep.core.decision import Hold, Pause
from skep.core.orders import ALL_SERVICES, OrderKind
from skep.core.outside import OutsideChange, OutsideKind
from skep.core.record import outside
from skep.operations.ask import history, status
from skep.operations.explain import Account, Asked, explain
from skep.operations.orders import GivenOrder, give_order
from tests.operations.conftest import LABELS, TIME_LIMIT, Practice


def test_status_lists_what_is_enabled_by_name(practice: Practice) -> None:
    practice.swarm.add("api", replicas=2, labels=LABELS)
    practice.swarm.add("stranger", replicas=1)
    assert [s.name for s in status(practice.world, defaults=LabelDefaults())] == ["api", "web"]


def test_a_service_asked_for_by_name_is_told_even_if_not_enabled(practice: Practice) -> None:
    practice.swarm.add("stranger", replicas=1)
    (found,) = status(practice.world, defaults=LabelDefaults(), names=["stranger"])
    assert (found.is_enabled, found.bounds) == (False, None)


def test_wrong_labels_are_told_as_sentences(practice: Practice) -> None:
    practice.swarm.label("web", {"skep.cpu": "lots"})
    (found,) = status(practice.world, defaults=LabelDefaults())
    assert found.is_enabled
    assert 'skep.cpu is "lots"' in found.problems[0]


def test_an_ended_hold_is_not_told(practice: Practice) -> None:
    practice.memory.put_hold("web-id", Hold(replicas=4, until=practice.clock.now(), actor="ana"))
    (found,) = status(practice.world, defaults=LabelDefaults())
    assert found.hold is None


def test_status_has_the_latest_decision(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate()
    (found,) = status(practice.world, defaults=LabelDefaults(), names=["web"])
    assert found.decision is not None
    assert found.decision.goal == 5


def test_status_knows_when_there_is_no_such_service(practice: Practice) -> None:
    assert status(practice.world, defaults=LabelDefaults(), names=["wbe"]) == ()


def test_history_tells_the_newest_first_and_leaves_out_the_regular_states(practice: Practice, grow: ScaleOrder) -> None:
    practice.evaluate()
    practice.clock.advance(timedelta(seconds=1))
    practice.scale(grow)
    told = history(practice.world)
    assert told[0].sentence.startswith("web 2 → 5")
    assert all("as it should be" not in entry.sentence for entry in told)


def test_the_pause_that_binds_is_told(practice: Practice) -> None:
    practice.memory.put_pause(ALL_SERVICES, Pause(until=None, actor="ana", covers_all=True))
    (found,) = status(practice.world, defaults=LabelDefaults())
    assert found.pause == Pause(until=None, actor="ana", covers_all=True)


def test_what_was_ordered_of_everything_is_part_of_the_history_of_each(practice: Practice) -> None:
    give_all_a_pause(practice)
    practice.clock.advance(timedelta(seconds=1))
    practice.journal.append([outside(CHANGE, at=practice.clock.now(), service_id="web-id", service_name="web")])
    practice.journal.append([outside(CHANGE, at=practice.clock.now(), service_id="api-id", service_name="api")])
    told = history(practice.world, service="web")
    assert [entry.sentence for entry in told] == ["web deployed", "everything paused until resumed: by hand"]
    assert [entry.sentence for entry in history(practice.world, service="web", limit=1)] == ["web deployed"]


# --- explain -----------------------------------------------------------------------------------------------------


def explained(practice: Practice, name: str = "web", *, at: datetime | None = None) -> Account:
    account = explain(practice.world, name, defaults=LabelDefaults(), at=at)
    assert account is not None
    return account


@pytest.mark.parametrize("name", ["web", "web-id"], ids=["by name", "by id"])
def test_a_service_is_explained_by_how_it_stands_what_holds_and_what_is_asked(practice: Practice, name: str) -> None:
    practice.load(240)
    practice.evaluate()
    account = explained(practice, name)
    assert account.service is not None
    assert account.service.decision is not None
    assert ("skep.max", "10", "label") in [(s.label, s.text, s.origin) for s in account.settings]
    assert ("skep.tolerance", "10%", "default") in [(s.label, s.text, s.origin) for s in account.settings]
    assert account.asked == (Asked(about="requests", statement="requests of web"),)


def test_a_query_is_shown_with_the_name_of_its_service(practice: Practice) -> None:
    query = "SELECT last(depth) FROM queue WHERE service = $service AND time > now() - 1m"
    practice.swarm.label("web", {"skep.metric.jobs.query": query, "skep.metric.jobs.target": "30"})
    practice.swarm.label("web", {"skep.metric.jobs.kind": "total"})
    assert Asked(about="jobs", statement=query.replace("$service", "'web'")) in explained(practice).asked


def test_a_service_with_wrong_labels_is_explained_by_its_problems_alone(practice: Practice) -> None:
    practice.swarm.label("web", {"skep.max": "many"})
    account = explained(practice)
    assert account.service is not None
    assert account.service.problems
    assert account.asked == ()


def test_a_service_that_never_was_has_no_account(practice: Practice) -> None:
    for at in (None, practice.clock.now()):
        assert explain(practice.world, "wbe", defaults=LabelDefaults(), at=at) is None


def test_the_past_is_explained_by_the_last_decision_and_what_came_after_it(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate_and_act()
    grown_at = practice.clock.now()
    practice.clock.advance(timedelta(minutes=1))
    give_all_a_pause(practice)
    practice.journal.append([outside(CHANGE, at=practice.clock.now(), service_id="web-id", service_name="web")])
    asked_about = practice.clock.now()
    practice.clock.advance(timedelta(hours=1))
    practice.load(10)
    practice.evaluate()
    account = explained(practice, at=asked_about)
    assert account.entry is not None
    assert account.entry.decision is not None
    assert (account.entry.at, account.entry.decision.goal) == (grown_at, 5)
    assert [entry.sentence for entry in account.since] == ["web deployed"]


def test_the_past_before_the_first_decision_has_none(practice: Practice) -> None:
    before = practice.clock.now()
    practice.evaluate()
    account = explained(practice, at=before)
    assert (account.entry, account.since) == (None, ())
    assert account.service is not None


def test_the_past_of_a_service_that_is_gone_is_still_told(practice: Practice) -> None:
    practice.evaluate()
    practice.swarm.remove("web")
    account = explained(practice, at=practice.clock.now())
    assert account.service is None
    assert account.entry is not None


CHANGE = OutsideChange(kind=OutsideKind.DEPLOY, replicas_before=2, replicas_after=2, sentence="deployed")


def give_all_a_pause(practice: Practice) -> None:
    given = GivenOrder(kind=OrderKind.PAUSE, service_id=ALL_SERVICES, actor="ana", reason="by hand")
    give_order(practice.world, given, defaults=LabelDefaults(), time_limit=TIME_LIMIT)
