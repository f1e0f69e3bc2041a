"""What others did to a service is told from what skep saw last."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from skep.core.cluster import Service, UpdateState
from skep.core.outside import OutsideKind, Sighting, owed_replicas, recognise, recreated, sight
from tests.builders import NOW, service


def web(replicas: int = 7, *, version: int = 7, spec: str = "a", **changes: Any) -> Service:
    """A service of the stack shop, as it is now."""
    made = replace(service(replicas, labels={"skep.max": "20"}), stack="shop", updated_at=NOW)
    return replace(made, version_index=version, fingerprint=spec, **changes)


def api(*, written_s_ago: float) -> Service:
    """Its sibling."""
    return replace(service(3, name="api"), stack="shop", updated_at=NOW - timedelta(seconds=written_s_ago))


#: As it was: seven replicas, as skep wanted it; the file of the stack says two.
SEEN = replace(sight(web(), seen=None, change=None, goal=7), deployed_replicas=2)


def kind(of: Service, *siblings: Service, own: tuple[int, ...] = (7,)) -> OutsideKind | None:
    change = recognise(of, seen=SEEN, own_counts=own, siblings=(of, *siblings))
    return None if change is None else change.kind


@pytest.mark.parametrize(
    ("of", "siblings", "own", "told"),
    [
        pytest.param(web(), (), (7,), None, id="nothing was written"),
        pytest.param(web(9, version=8), (), (7, 9), None, id="skep itself has scaled it"),
        pytest.param(web(version=8), (), (7,), None, id="written without a change"),
        pytest.param(web(2, version=8, spec="b"), (), (7,), OutsideKind.DEPLOY, id="a new image resets the count"),
        pytest.param(web(version=8, spec="b"), (), (7,), None, id="a new image leaves the count"),
        pytest.param(
            web(2, version=8), (api(written_s_ago=1.5),), (7,), OutsideKind.DEPLOY, id="written with its sibling"
        ),
        pytest.param(
            web(4, version=8), (api(written_s_ago=2.5),), (7,), OutsideKind.PERSON, id="long after its sibling"
        ),
        pytest.param(
            web(2, version=8), (api(written_s_ago=60),), (7,), OutsideKind.PERSON, id="a person likes the files count"
        ),
        pytest.param(web(2, version=8), (), (7,), OutsideKind.DEPLOY, id="alone in its stack, back to the files count"),
        pytest.param(web(4, version=8), (), (7,), OutsideKind.PERSON, id="alone in its stack, to another count"),
        pytest.param(web(0, version=8), (), (7,), OutsideKind.PERSON, id="switched off"),
        pytest.param(
            web(2, version=8, spec="b", update_state=UpdateState.ROLLBACK_STARTED),
            (),
            (7,),
            OutsideKind.ROLLBACK,
            id="rolled back",
        ),
        pytest.param(
            web(2, version=8, update_state=UpdateState.ROLLBACK_STARTED),
            (),
            (7,),
            OutsideKind.ROLLBACK,
            id="a rollback that undid a scaling",
        ),
        pytest.param(
            web(9, version=8, update_state=UpdateState.ROLLBACK_COMPLETED),
            (),
            (7, 9),
            None,
            id="skep itself after a rollback",
        ),
        pytest.param(
            web(version=8, spec="b", labels=(("skep.max", "30"),)), (), (7,), OutsideKind.RELABELLED, id="new labels"
        ),
    ],
)
def test_who_did_it(of: Service, siblings: tuple[Service, ...], own: tuple[int, ...], told: OutsideKind | None) -> None:
    assert kind(of, *siblings, own=own) is told


def test_what_was_never_seen_before_is_not_judged() -> None:
    assert recognise(web(2, version=8, spec="b"), seen=None, own_counts=(), siblings=()) is None


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        pytest.param(web(2, version=8, spec="b"), "deployed, which set its count from 7 to 2", id="deploy"),
        pytest.param(web(4, version=8), "set from 7 to 4 by somebody outside skep", id="person"),
        pytest.param(
            web(version=8, spec="b", labels=(("skep.max", "30"), ("skep.min", "2"))),
            "labels changed: skep.max 20 → 30, skep.min unset → 2",
            id="labels",
        ),
    ],
)
def test_it_is_told_in_a_sentence(of: Service, sentence: str) -> None:
    change = recognise(of, seen=SEEN, own_counts=(7,), siblings=(of,))
    assert change is not None
    assert change.sentence == sentence


def after(of: Service, *, seen: Sighting = SEEN, goal: int | None = 7) -> Sighting:
    change = recognise(of, seen=seen, own_counts=(7,), siblings=(of,))
    return sight(of, seen=seen, change=change, goal=goal)


class TestOwed:
    """What a deploy has lowered is owed until it is back, or somebody else has a say."""

    def test_a_deploy_owes_the_last_goal(self) -> None:
        lowered = web(2, version=8, spec="b")
        change = recognise(lowered, seen=SEEN, own_counts=(7,), siblings=())
        assert owed_replicas(SEEN, change) == 7
        assert after(lowered).owed_replicas == 7

    def test_it_is_owed_through_a_rollout_that_may_not_be_touched(self) -> None:
        during = after(web(2, version=8, spec="b"), goal=2)
        assert after(web(2, version=9, spec="b"), seen=during, goal=2).owed_replicas == 7

    def test_once_it_is_back_nothing_is_owed(self) -> None:
        during = after(web(2, version=8, spec="b"))
        assert after(web(7, version=9, spec="b"), seen=during).owed_replicas is None

    def test_a_deploy_that_raised_the_count_owes_nothing(self) -> None:
        assert after(web(10, version=8, spec="b")).owed_replicas is None

    def test_a_person_settles_it(self) -> None:
        during = after(web(2, version=8, spec="b"))
        assert after(web(3, version=9, spec="b"), seen=during).owed_replicas is None

    def test_so_does_a_hold(self) -> None:
        assert after(web(2, version=8, spec="b"), goal=None).owed_replicas is None

    def test_a_service_made_anew_owes_what_the_old_one_had(self) -> None:
        anew = replace(web(2, version=1, spec="b"), id="web-id-2")
        change = recreated(anew, seen=SEEN)
        assert (change.kind, change.sentence) == (
            OutsideKind.RECREATED,
            "created anew, which set its count from 7 to 2",
        )
        assert owed_replicas(SEEN, change) == 7


def test_the_count_of_the_file_is_learnt_from_each_deploy() -> None:
    assert after(web(5, version=8, spec="b")).deployed_replicas == 5
    assert after(web(4, version=8)).deployed_replicas == 2
