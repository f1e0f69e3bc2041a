"""What every kind of memory promises, proved on the fake and on a real Redis."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from skep.adapters.clock import SystemClock
from skep.adapters.redis_memory import RedisMemory
from skep.core.action import AUTOSCALER, ScaleOrder
from skep.core.capacity.backoff import PoolEvent, PoolEventKind
from skep.core.capacity.node_memory import NodeMemory, NodeReport, NodesUse
from skep.core.capacity.placement import Assigned
from skep.core.capacity.removal import NodeVerdict
from skep.core.capacity.vetoes import Veto
from skep.core.cluster import Resources
from skep.core.decision import History, Hold, Pause, Recommendation, ScaleEvent
from skep.core.foresight.following import Followed
from skep.core.foresight.metric_delay import MOST_AGES
from skep.core.orders import ALL_SERVICES
from skep.core.outside import Sighting
from skep.core.policy import Signal
from skep.core.pool_report import PoolReport
from skep.core.requirements import Plugin, PluginKind
from skep.errors import Temporary
from skep.ports import Acts, Memory, PendingOrder, PoolRecollection
from tests.adapters.examples import decision, recommended
from tests.adapters.outages import Outage, outage_of_fake, outage_of_server
from tests.adapters.redis_clients import client_of
from tests.adapters.test_lessons import LESSON
from tests.builders import NOW, ago
from tests.core.capacity.builders import node
from tests.fakes.memory import FakeMemory
from tests.servers import RedisServer

WINDOW = timedelta(minutes=5)
NOTHING_DONE = Acts(service_ids=(), events={}, holds={}, pauses={}, pending={}, orders_unknown_since=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    memory: Memory
    lose_data: Callable[[], None]
    outage: Outage


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.redis)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        fake = FakeMemory(SystemClock())
        yield World(memory=fake, lose_data=fake.forget_everything, outage=outage_of_fake(fake))
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with client_of(server) as client:
        yield World(memory=RedisMemory(client), lose_data=server.lose_data, outage=outage_of_server(server))


@pytest.fixture
def memory(world: World) -> Memory:
    return world.memory


def order(replicas: int = 7) -> PendingOrder:
    return PendingOrder(
        order=ScaleOrder(
            service_id="web-id",
            service_name="web",
            replicas=replicas,
            seen_replicas=3,
            evaluation=12,
            reason="requests 412/s",
            actor=AUTOSCALER,
        ),
        replicas_before=3,
        at=NOW,
    )


class TestEvaluations:
    """Ids rise, whatever happens to clocks and data."""

    def test_each_id_is_greater_than_the_one_before(self, memory: Memory) -> None:
        ids = [memory.next_evaluation()[0] for _ in range(100)]
        assert ids == sorted(set(ids))

    def test_ids_are_told_with_the_stores_own_time(self, memory: Memory) -> None:
        evaluation, at = memory.next_evaluation()
        assert abs(at - SystemClock().now()) < timedelta(seconds=30)
        assert evaluation == int(at.timestamp() * 1000)

    def test_ids_go_on_rising_after_all_data_is_lost(self, world: World) -> None:
        before, _ = world.memory.next_evaluation()
        world.lose_data()
        after, _ = world.memory.next_evaluation()
        assert after > before

    def test_no_two_of_eight_threads_get_the_same_id(self, memory: Memory) -> None:
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(lambda _: memory.next_evaluation()[0], range(400)))
        assert len(set(ids)) == 400


class TestPoolLoads:
    """What pools whose policies tune themselves carry, and what is kept of their rules."""

    def test_loads_come_back_oldest_first_each_pool_by_itself(self, memory: Memory) -> None:
        memory.remember_pools({"web": 1.5, "batch": 0.25}, {}, at=ago(15), most=10)
        memory.remember_pools({"web": 2.0}, {}, at=ago(0), most=10)
        assert list(memory.pool_loads("web", last=10)) == [(ago(15), 1.5), (ago(0), 2.0)]
        assert list(memory.pool_loads("web", last=1)) == [(ago(0), 2.0)]
        assert list(memory.pool_loads("batch", last=10)) == [(ago(15), 0.25)]
        assert list(memory.pool_loads("never-known", last=10)) == []

    def test_no_more_than_so_many_are_kept(self, memory: Memory) -> None:
        for number in range(5):
            memory.remember_pools({"web": float(number)}, {}, at=ago(60 - number), most=3)
        assert [load for _, load in memory.pool_loads("web", last=10)] == [2.0, 3.0, 4.0]

    def test_a_pool_without_a_rule_has_neither_choice_nor_what_was_kept(self, memory: Memory) -> None:
        assert memory.recall_pools([]) == {}
        assert memory.recall_pools(["web"]) == {"web": PoolRecollection()}

    def test_what_is_kept_of_a_rule_comes_back_and_is_none_of_a_service(self, memory: Memory) -> None:
        kept = Followed(tuned=LESSON.tuned, at=NOW, needs=(2, 3))
        memory.remember_pools({}, {"web": kept}, at=NOW, most=10)
        assert memory.recall_pools(["web"])["web"].followed == kept
        memory.remember(recommendations={}, decisions=[], forget=["web"])
        assert memory.recall_pools(["web"])["web"].followed == kept

    def test_what_is_forgotten_of_a_pool_is_gone_and_others_stay(self, memory: Memory) -> None:
        kept = Followed(tuned=LESSON.tuned, at=NOW)
        memory.remember_pools({"web": 1.0, "batch": 2.0}, {"web": kept, "batch": kept}, at=NOW, most=10)
        memory.forget_pools([])
        memory.forget_pools(["web"])
        assert (list(memory.pool_loads("web", last=10)), memory.recall_pools(["web"])["web"].followed) == ([], None)
        assert (list(memory.pool_loads("batch", last=10)), memory.recall_pools(["batch"])["batch"].followed) == (
            [(NOW, 2.0)],
            kept,
        )


class TestAges:
    """How old points were when evaluations saw them."""

    def test_the_newest_age_comes_first_and_each_signal_has_its_own(self, memory: Memory) -> None:
        for age_s in (8.25, 3.5):
            memory.remember(recommendations={}, decisions=[], ages={Signal.REQUESTS: timedelta(seconds=age_s)})
        memory.remember(recommendations={}, decisions=[], ages={})
        assert list(memory.ages(Signal.REQUESTS)) == [timedelta(seconds=3.5), timedelta(seconds=8.25)]
        assert list(memory.ages(Signal.INFLIGHT)) == []

    def test_no_more_than_half_an_hour_of_them_is_kept(self, memory: Memory) -> None:
        for number in range(MOST_AGES + 5):
            memory.remember(recommendations={}, decisions=[], ages={Signal.INFLIGHT: timedelta(seconds=number)})
        kept = memory.ages(Signal.INFLIGHT)
        assert len(kept) == MOST_AGES
        assert kept[0] == timedelta(seconds=MOST_AGES + 4)


class TestHistories:
    """Recommendations and scale events."""

    def test_what_was_remembered_is_remembered(self, memory: Memory) -> None:
        memory.remember(
            recommendations={"web-id": recommended(30, 15, 0), "db-id": recommended(0, replicas=0)}, decisions=[]
        )
        assert {i: h.recommendations for i, h in memory.histories(["web-id", "db-id"]).items()} == {
            "web-id": recommended(30, 15, 0),
            "db-id": recommended(0, replicas=0),
        }

    def test_instants_are_kept_to_the_microsecond(self, memory: Memory) -> None:
        kept = (Recommendation(at=datetime.fromisoformat("2026-11-23T15:04:05.123457+00:00"), replicas=1),)
        memory.remember(recommendations={"web-id": kept}, decisions=[])
        assert memory.histories(["web-id"])["web-id"].recommendations == kept

    def test_what_is_remembered_next_replaces_it(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(30, 15)}, decisions=[])
        memory.remember(recommendations={"web-id": recommended(15, 0)}, decisions=[])
        assert memory.histories(["web-id"])["web-id"].recommendations == recommended(15, 0)

    def test_a_service_without_memory_is_absent(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[])
        assert list(memory.histories(["db-id", "web-id"])) == ["web-id"]

    def test_nobody_asked_for_is_nobody_answered(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[decision()])
        assert (memory.histories([]), memory.holds([]), memory.decisions([])) == ({}, {}, {})

    def test_events_come_with_the_history_oldest_first(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[])
        for age_s, change in ((60, 4), (90, -1), (10, 2)):
            memory.add_event("web-id", ScaleEvent(at=ago(age_s), change=change), keep=WINDOW)
        assert memory.histories(["web-id"])["web-id"].events == (
            ScaleEvent(at=ago(90), change=-1),
            ScaleEvent(at=ago(60), change=4),
            ScaleEvent(at=ago(10), change=2),
        )

    def test_events_beyond_their_time_are_dropped_with_the_next(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[])
        for age_s in (301, 300, 0):
            memory.add_event("web-id", ScaleEvent(at=ago(age_s), change=1), keep=WINDOW)
        assert memory.histories(["web-id"])["web-id"].events == (
            ScaleEvent(at=ago(300), change=1),
            ScaleEvent(at=ago(0), change=1),
        )

    def test_an_event_told_twice_is_one_event(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[])
        for _ in range(2):
            memory.add_event("web-id", ScaleEvent(at=NOW, change=4), keep=WINDOW)
        assert memory.histories(["web-id"])["web-id"].events == (ScaleEvent(at=NOW, change=4),)

    def test_remembering_recommendations_leaves_events_alone(self, memory: Memory) -> None:
        memory.add_event("web-id", ScaleEvent(at=NOW, change=4), keep=WINDOW)
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[], forget=["web-id"])
        assert memory.histories(["web-id"])["web-id"].events == (ScaleEvent(at=NOW, change=4),)

    def test_events_alone_are_no_history_so_that_nothing_shrinks_on_them(self, memory: Memory) -> None:
        memory.add_event("web-id", ScaleEvent(at=NOW, change=4), keep=WINDOW)
        memory.remember(recommendations={"db-id": ()}, decisions=[])
        assert memory.histories(["web-id", "db-id"]) == {}

    def test_after_all_data_is_lost_there_is_no_history(self, world: World) -> None:
        world.memory.remember(recommendations={"web-id": recommended(0)}, decisions=[])
        world.lose_data()
        assert world.memory.histories(["web-id"]) == {}


class TestDecisions:
    """The latest of each service."""

    def test_a_decision_comes_back_whole(self, memory: Memory) -> None:
        memory.remember(recommendations={}, decisions=[decision()])
        assert memory.decisions(["web-id"]) == {"web-id": decision()}

    def test_the_latest_replaces_the_one_before(self, memory: Memory) -> None:
        for goal in (7, 8):
            memory.remember(recommendations={}, decisions=[decision(goal=goal)])
        assert memory.decisions(["web-id"])["web-id"].goal == 8

    def test_those_of_all_services_may_be_asked_for(self, memory: Memory) -> None:
        memory.remember(recommendations={}, decisions=[decision("web"), decision("db")])
        assert set(memory.decisions()) == {"web-id", "db-id"}
        assert set(memory.decisions(["db-id", "gone-id"])) == {"db-id"}

    def test_a_service_that_is_gone_is_forgotten(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[decision()])
        memory.remember(recommendations={}, decisions=[], forget=["web-id", "never-known-id"])
        assert (memory.decisions(), memory.histories(["web-id"])) == ({}, {})

    def test_a_service_both_forgotten_and_remembered_is_remembered(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[decision()], forget=["web-id"])
        assert set(memory.decisions()) == {"web-id"}

    def test_services_are_named_in_the_order_of_names_and_by_their_id(self, memory: Memory) -> None:
        assert memory.names() == {}
        memory.remember(recommendations={}, decisions=[decision("web"), decision("api"), decision("db")])
        for _ in range(2):
            assert list(memory.names().items()) == [("api-id", "api"), ("db-id", "db"), ("web-id", "web")]

    def test_who_has_come_and_gone_since_is_seen_in_the_names(self, memory: Memory) -> None:
        memory.remember(recommendations={}, decisions=[decision("web"), decision("db")])
        assert set(memory.names()) == {"web-id", "db-id"}
        memory.remember(recommendations={}, decisions=[decision("api")], forget=["db-id"])
        assert set(memory.names()) == {"web-id", "api-id"}
        memory.remember(recommendations={}, decisions=[decision("cart")])
        assert set(memory.names()) == {"web-id", "api-id", "cart-id"}

    def test_remembering_nothing_is_fine(self, memory: Memory) -> None:
        memory.remember(recommendations={}, decisions=[])
        assert memory.decisions() == {}


class TestHolds:
    """Orders of people."""

    hold = Hold(replicas=5, until=ago(-1800), actor="alice", reason="sale “today”")

    def test_a_hold_stands_until_it_is_released(self, memory: Memory) -> None:
        memory.put_hold("web-id", self.hold)
        assert memory.holds(["db-id", "web-id"]) == {"web-id": self.hold}
        memory.release_hold("web-id")
        assert memory.holds(["web-id"]) == {}

    def test_a_hold_replaces_the_one_before(self, memory: Memory) -> None:
        memory.put_hold("web-id", self.hold)
        memory.put_hold("web-id", replace(self.hold, replicas=6, until=None))
        assert memory.holds(["web-id"])["web-id"] == replace(self.hold, replicas=6, until=None)

    def test_an_expired_hold_is_still_told(self, memory: Memory) -> None:
        memory.put_hold("web-id", replace(self.hold, until=ago(1)))
        assert set(memory.holds(["web-id"])) == {"web-id"}

    def test_a_hold_outlives_a_service_that_is_switched_off(self, memory: Memory) -> None:
        memory.put_hold("web-id", self.hold)
        memory.remember(recommendations={}, decisions=[], forget=["web-id"])
        assert set(memory.holds(["web-id"])) == {"web-id"}

    def test_releasing_no_hold_is_fine(self, memory: Memory) -> None:
        memory.release_hold("web-id")
        assert memory.holds(["web-id"]) == {}


class TestPauses:
    """Orders of people to keep hands off."""

    pause = Pause(until=ago(-1800), actor="alice", reason="the network “moves”", task_id="pause.web.1")
    of_all = Pause(until=None, actor="bob", covers_all=True)

    def test_a_pause_stands_until_it_is_ended(self, memory: Memory) -> None:
        memory.put_pause("web-id", self.pause)
        memory.put_pause(ALL_SERVICES, self.of_all)
        assert memory.pauses() == {"web-id": self.pause, ALL_SERVICES: self.of_all}
        memory.release_pause("web-id")
        assert memory.pauses() == {ALL_SERVICES: self.of_all}

    def test_a_pause_replaces_the_one_before(self, memory: Memory) -> None:
        memory.put_pause("web-id", self.pause)
        memory.put_pause("web-id", replace(self.pause, until=None))
        assert memory.pauses() == {"web-id": replace(self.pause, until=None)}

    def test_an_ended_pause_is_still_told(self, memory: Memory) -> None:
        memory.put_pause("web-id", replace(self.pause, until=ago(1)))
        assert set(memory.pauses()) == {"web-id"}

    def test_a_pause_outlives_a_service_that_is_switched_off(self, memory: Memory) -> None:
        memory.put_pause("web-id", self.pause)
        memory.remember(recommendations={}, decisions=[], forget=["web-id"])
        assert set(memory.pauses()) == {"web-id"}

    def test_orders_that_ended_long_ago_are_swept_and_others_stay(self, memory: Memory) -> None:
        hold = Hold(replicas=4, until=ago(7200), actor="ada")
        for name, until in (("old", ago(7200)), ("young", ago(60)), ("endless", None)):
            memory.put_pause(name, replace(self.pause, until=until))
            memory.put_hold(name, replace(hold, until=until))
        memory.sweep_orders(ended_before=ago(3600))
        assert set(memory.pauses()) == {"young", "endless"}
        assert set(memory.holds(["old", "young", "endless"])) == {"young", "endless"}

    def test_sweeping_nothing_is_fine(self, memory: Memory) -> None:
        memory.sweep_orders(ended_before=ago(0))
        assert memory.pauses() == {}

    def test_ending_no_pause_is_fine(self, memory: Memory) -> None:
        memory.release_pause("web-id")
        assert memory.pauses() == {}


class TestSightings:
    """Services as they were seen last."""

    sighting = Sighting(
        name="web",
        version_index=7,
        replicas=3,
        fingerprint="a",
        labels=(("skep.max", "20"), ("skep.metric.q.query", "SELECT “x”")),
        deployed_replicas=2,
        goal=3,
        owed_replicas=8,
    )

    def test_a_sighting_comes_back_whole(self, memory: Memory) -> None:
        memory.remember(recommendations={}, decisions=[], sightings={"web-id": self.sighting})
        assert memory.recall([]).sightings == {"web-id": self.sighting}

    def test_the_latest_replaces_the_one_before_and_others_stay(self, memory: Memory) -> None:
        memory.remember(recommendations={}, decisions=[], sightings={"web-id": self.sighting, "db-id": self.sighting})
        later = replace(self.sighting, version_index=8, goal=None, owed_replicas=None)
        memory.remember(recommendations={}, decisions=[], sightings={"web-id": later})
        assert memory.recall([]).sightings == {"web-id": later, "db-id": self.sighting}

    def test_a_service_that_is_gone_is_forgotten(self, memory: Memory) -> None:
        memory.remember(recommendations={}, decisions=[], sightings={"web-id": self.sighting})
        memory.remember(recommendations={}, decisions=[], forget=["web-id"])
        assert memory.recall([]).sightings == {}


class TestRecalling:
    """All that an evaluation needs, at once."""

    def test_everything_that_is_remembered_is_recalled(self, memory: Memory) -> None:
        memory.remember(
            recommendations={"web-id": recommended(15, 0), "db-id": recommended(0)},
            decisions=[decision("web"), decision("db")],
            sightings={"web-id": TestSightings.sighting},
        )
        memory.add_event("web-id", ScaleEvent(at=NOW, change=4), keep=WINDOW)
        memory.put_hold("web-id", TestHolds.hold)
        memory.put_pause(ALL_SERVICES, TestPauses.of_all)
        memory.begin("db-id", order())
        known = memory.recall(["web-id", "new-id"])
        assert known.histories == {
            "web-id": History(recommendations=recommended(15, 0), events=(ScaleEvent(at=NOW, change=4),))
        }
        assert known.holds == {"web-id": TestHolds.hold}
        assert known.pauses == {ALL_SERVICES: TestPauses.of_all}
        assert known.decisions == {"web-id": decision("web"), "db-id": decision("db")}
        assert known.sightings == {"web-id": TestSightings.sighting}
        assert known.pending == {"db-id": order()}

    def test_nothing_is_recalled_of_nothing(self, memory: Memory) -> None:
        known = memory.recall([])
        assert (known.histories, known.holds, known.pauses, known.decisions) == ({}, {}, {}, {})
        assert (known.sightings, known.pending) == ({}, {})

    def test_whoever_is_not_asked_for_has_no_history_but_all_else(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[decision("web")])
        known = memory.recall(["db-id"])
        assert (known.histories, set(known.decisions)) == ({}, {"web-id"})


class TestRecallingShares:
    """All that an evaluation of some services needs: what was done first, the rest once the Swarm was read."""

    def test_what_others_than_evaluations_write_comes_first(self, memory: Memory) -> None:
        memory.note_orders_known()
        memory.remember(recommendations={}, decisions=[decision("web"), decision("db")])
        memory.add_event("web-id", ScaleEvent(at=NOW, change=4), keep=WINDOW)
        memory.put_hold("web-id", TestHolds.hold)
        memory.put_pause(ALL_SERVICES, TestPauses.of_all)
        memory.begin("db-id", order())
        acts = memory.recall_acts()
        assert sorted(acts.service_ids) == ["db-id", "web-id"]
        assert acts.events == {"web-id": (ScaleEvent(at=NOW, change=4),)}
        assert (acts.holds, acts.pauses) == ({"web-id": TestHolds.hold}, {ALL_SERVICES: TestPauses.of_all})
        assert acts.pending == {"db-id": order()}
        assert acts.orders_unknown_since is None

    def test_nothing_was_done_yet(self, memory: Memory) -> None:
        acts = memory.recall_acts()
        assert (acts.service_ids, acts.events, acts.holds, acts.pauses, acts.pending) == ((), {}, {}, {}, {})
        assert acts.orders_unknown_since == memory.orders_unknown_since()

    def test_of_the_services_asked_for_all_is_recalled_and_of_others_nothing(self, memory: Memory) -> None:
        memory.remember(
            recommendations={"web-id": recommended(15, 0), "db-id": recommended(0)},
            decisions=[decision("web"), decision("db")],
            sightings={"web-id": TestSightings.sighting, "db-id": TestSightings.sighting},
        )
        memory.add_event("web-id", ScaleEvent(at=NOW, change=4), keep=WINDOW)
        memory.put_hold("web-id", TestHolds.hold)
        acts = memory.recall_acts()
        known = memory.recall_share(["web-id", "new-id"], acts)
        whole = memory.recall(["web-id"])
        assert known.histories == whole.histories
        assert known.decisions == {"web-id": decision("web")}
        assert known.sightings == {"web-id": TestSightings.sighting}
        assert (known.holds, known.pauses, known.pending) == (acts.holds, acts.pauses, acts.pending)
        assert known.orders_unknown_since == acts.orders_unknown_since
        assert (known.choices, known.followed) == ({}, {})

    def test_what_was_done_after_the_first_look_is_not_known_at_the_second(self, memory: Memory) -> None:
        memory.remember(recommendations={"web-id": recommended(0)}, decisions=[decision("web")])
        acts = memory.recall_acts()
        memory.add_event("web-id", ScaleEvent(at=NOW, change=4), keep=WINDOW)
        memory.begin("web-id", order())
        known = memory.recall_share(["web-id"], acts)
        assert (known.histories["web-id"].events, known.pending) == ((), {})

    def test_nothing_is_recalled_of_nobody(self, memory: Memory) -> None:
        known = memory.recall_share([], memory.recall_acts())
        assert (known.histories, known.decisions, known.sightings) == ({}, {}, {})


class TestKnowingOrders:
    """Whether what is remembered of people's orders is all there is."""

    def test_a_memory_that_was_never_told_does_not_know_since_it_was_first_asked(self, memory: Memory) -> None:
        since = memory.recall([]).orders_unknown_since
        assert since is not None
        assert abs(since - SystemClock().now()) < timedelta(seconds=30)

    def test_the_beginning_of_not_knowing_stays(self, memory: Memory) -> None:
        since = memory.recall([]).orders_unknown_since
        assert memory.recall(["web-id"]).orders_unknown_since == since
        assert memory.orders_unknown_since() == since

    def test_once_orders_are_known_they_are_known(self, memory: Memory) -> None:
        memory.recall([])
        memory.note_orders_known()
        assert (memory.recall([]).orders_unknown_since, memory.orders_unknown_since()) == (None, None)

    def test_after_all_data_is_lost_orders_are_unknown_again(self, world: World) -> None:
        world.memory.note_orders_known()
        world.lose_data()
        assert world.memory.orders_unknown_since() is not None
        assert world.memory.recall([]).orders_unknown_since is not None

    def test_giving_an_order_does_not_make_the_others_known(self, memory: Memory) -> None:
        memory.put_hold("web-id", TestHolds.hold)
        assert memory.recall([]).orders_unknown_since is not None


class TestPendingOrders:
    """What a worker that was killed leaves behind."""

    def test_an_order_is_pending_until_it_is_finished(self, memory: Memory) -> None:
        memory.begin("web-id", order())
        assert memory.pending() == {"web-id": order()}
        memory.finish("web-id")
        assert memory.pending() == {}

    def test_the_next_order_of_a_service_replaces_the_one_before(self, memory: Memory) -> None:
        memory.begin("web-id", order(7))
        memory.begin("web-id", order(8))
        assert memory.pending() == {"web-id": order(8)}

    def test_what_was_carried_out_is_known_to_be_done(self, memory: Memory) -> None:
        memory.begin("web-id", order())
        memory.finish("web-id", done="scale.web.7")
        assert (memory.pending(), memory.is_done("scale.web.7"), memory.is_done("scale.web.8")) == ({}, True, False)

    def test_what_was_given_up_is_not_done(self, memory: Memory) -> None:
        memory.begin("web-id", order())
        memory.finish("web-id")
        assert not memory.is_done("scale.web.7")

    def test_finishing_nothing_is_fine(self, memory: Memory) -> None:
        memory.finish("web-id")
        assert memory.pending() == {}


class TestArrivals:
    """In which order the orders of people came in, and which of them may still be carried out."""

    def test_orders_are_numbered_as_they_come_in_and_each_keeps_its_number(self, memory: Memory) -> None:
        first, second = memory.arrive("scale.web.a"), memory.arrive("scale.web.b")
        assert first < second
        assert (memory.arrive("scale.web.a"), memory.arrive("scale.web.b")) == (first, second)

    def test_an_order_goes_ahead_after_those_before_it_and_not_after_a_later_one(self, memory: Memory) -> None:
        first, second, third = (memory.arrive(each) for each in "abc")
        assert memory.go_ahead("count:web-id", second, actor="ben: ö\nx") is None
        assert memory.go_ahead("count:web-id", first, actor="ana") == "ben: ö\nx"
        assert memory.go_ahead("count:web-id", third, actor="ana") is None
        assert memory.go_ahead("count:web-id", second, actor="ben") == "ana"

    def test_an_order_that_is_tried_again_does_not_stand_in_its_own_way(self, memory: Memory) -> None:
        number = memory.arrive("a")
        assert [memory.go_ahead("count:web-id", number, actor="ana") for _ in range(2)] == [None, None]

    def test_orders_about_different_things_do_not_overtake_each_other(self, memory: Memory) -> None:
        first, second = memory.arrive("a"), memory.arrive("b")
        assert memory.go_ahead("count:db-id", second, actor="ben") is None
        assert memory.go_ahead("count:web-id", first, actor="ana") is None

    def test_two_workers_at_once_never_give_one_number_to_two_orders(self, memory: Memory) -> None:
        with ThreadPoolExecutor(8) as workers:
            numbers = list(workers.map(memory.arrive, [f"o{n // 2}" for n in range(40)]))
        assert len(set(numbers)) == 20
        assert numbers[::2] == numbers[1::2]


class TestNodes:
    """What the evaluation of nodes remembers, and what happened to pools."""

    remembered = NodeMemory(
        idle_since={"node-1": NOW},
        down_since={"node-2": NOW},
        busy_since={"workers": NOW},
        alone_since={"workers/m1": NOW},
        templates={
            "workers": node("worker-1", labels={"disk": "ssd"}, plugins=[Plugin(kind=PluginKind.VOLUME, name="local")])
        },
        told=("workers:trouble",),
        report=NodeReport(
            evaluation=7,
            at=NOW,
            halt="2 of 4 nodes are not ready",
            pools=(PoolReport(name="workers", nodes=2, min_nodes=1, max_nodes=5, notes=("a note",)),),
            verdicts=(
                NodeVerdict(
                    node_id="node-1",
                    hostname="one",
                    pool="workers",
                    is_empty=False,
                    vetoes=(Veto(by="use", reason="it is in use", until=NOW),),
                    moves=(Assigned(service_id="web-id", node_id="node-2", replicas=2),),
                ),
            ),
        ),
        use=NodesUse(at=NOW, by_node={"node-1": Resources(cpu_cores=1.5)}),
    )

    def test_nothing_is_remembered_at_first(self, memory: Memory) -> None:
        assert memory.recall_nodes() == NodeMemory()
        assert memory.pool_events() == {}

    def test_all_of_it_comes_back(self, memory: Memory) -> None:
        memory.remember_nodes(self.remembered)
        assert memory.recall_nodes() == self.remembered

    def test_what_is_remembered_replaces_what_was(self, memory: Memory) -> None:
        memory.remember_nodes(self.remembered)
        memory.remember_nodes(NodeMemory(told=("workers:halt",)))
        assert memory.recall_nodes() == NodeMemory(told=("workers:halt",))

    def test_events_of_a_pool_are_kept_in_order_and_each_once(self, memory: Memory) -> None:
        late = PoolEvent(kind=PoolEventKind.GREW, at=NOW, machines=2, request_id="workers.7")
        early = PoolEvent(kind=PoolEventKind.REFUSED, at=NOW - timedelta(minutes=1), reason="quota")
        for event in (late, early, late):
            memory.add_pool_event("workers", event, keep=timedelta(hours=1))
        memory.add_pool_event("batch", early, keep=timedelta(hours=1))
        assert memory.pool_events() == {"workers": (early, late), "batch": (early,)}

    def test_old_events_go(self, memory: Memory) -> None:
        old = PoolEvent(kind=PoolEventKind.GREW, at=NOW - timedelta(hours=2))
        new = PoolEvent(kind=PoolEventKind.GREW, at=NOW)
        for event in (old, new):
            memory.add_pool_event("workers", event, keep=timedelta(hours=1))
        assert memory.pool_events() == {"workers": (new,)}


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda memory: memory.recall_nodes(), id="recall nodes"),
        pytest.param(lambda memory: memory.remember_nodes(NodeMemory()), id="remember nodes"),
        pytest.param(lambda memory: memory.pool_events(), id="pool events"),
        pytest.param(
            lambda memory: memory.add_pool_event("w", PoolEvent(kind=PoolEventKind.GREW, at=NOW), keep=WINDOW),
            id="add pool event",
        ),
        pytest.param(lambda memory: memory.next_evaluation(), id="next evaluation"),
        pytest.param(lambda memory: memory.histories(["web-id"]), id="histories"),
        pytest.param(lambda memory: memory.holds(["web-id"]), id="holds"),
        pytest.param(lambda memory: memory.decisions(), id="decisions"),
        pytest.param(lambda memory: memory.remember(recommendations={}, decisions=[decision()]), id="remember"),
        pytest.param(
            lambda memory: memory.add_event("web-id", ScaleEvent(at=NOW, change=1), keep=WINDOW), id="add event"
        ),
        pytest.param(lambda memory: memory.put_hold("web-id", TestHolds.hold), id="put hold"),
        pytest.param(lambda memory: memory.release_hold("web-id"), id="release hold"),
        pytest.param(lambda memory: memory.recall(["web-id"]), id="recall"),
        pytest.param(lambda memory: memory.recall_acts(), id="recall acts"),
        pytest.param(lambda memory: memory.recall_share(["web-id"], NOTHING_DONE), id="recall a share"),
        pytest.param(lambda memory: memory.pauses(), id="pauses"),
        pytest.param(lambda memory: memory.put_pause("web-id", TestPauses.pause), id="put pause"),
        pytest.param(lambda memory: memory.release_pause("web-id"), id="release pause"),
        pytest.param(lambda memory: memory.sweep_orders(ended_before=ago(1)), id="sweep orders"),
        pytest.param(lambda memory: memory.orders_unknown_since(), id="orders unknown since"),
        pytest.param(lambda memory: memory.note_orders_known(), id="note orders known"),
        pytest.param(lambda memory: memory.begin("web-id", order()), id="begin"),
        pytest.param(lambda memory: memory.finish("web-id"), id="finish"),
        pytest.param(lambda memory: memory.is_done("scale.web.7"), id="is done"),
        pytest.param(lambda memory: memory.arrive("scale.web.7"), id="arrive"),
        pytest.param(lambda memory: memory.go_ahead("count:web-id", 1, actor="ana"), id="go ahead"),
        pytest.param(lambda memory: memory.pending(), id="pending"),
    ],
)
def test_out_of_reach_is_temporary_and_passes(world: World, use: Callable[[Memory], object]) -> None:
    use(world.memory)
    world.outage.begin()
    with pytest.raises(Temporary):
        use(world.memory)
    world.outage.end()
    use(world.memory)
