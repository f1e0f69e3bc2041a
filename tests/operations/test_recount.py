"""The chronicle of a service, read from the journal."""

from datetime import timedelta

from skep.operations.recount import recount
from tests.operations.conftest import Practice


def test_what_happened_to_a_service_is_recounted_with_how_it_stood(practice: Practice) -> None:
    practice.load(240)
    practice.evaluate_and_act()
    now = practice.clock.now()
    told = recount(practice.world, "web", since=now - timedelta(hours=1))
    (happening,) = told.happenings
    assert (happening.replicas_before, happening.replicas_after) == (2, practice.replicas)
    assert told.moments[-1].replicas == practice.replicas
    assert (told.until, told.is_cut) == (now, False)


def test_a_service_that_the_journal_does_not_know_has_an_empty_chronicle(practice: Practice) -> None:
    told = recount(practice.world, "nobody", since=practice.clock.now() - timedelta(hours=1))
    assert (told.moments, told.happenings) == ((), ())


def test_what_does_not_fit_is_cut_at_its_beginning_and_said_so(practice: Practice) -> None:
    for load in (240, 480):
        practice.load(load)
        practice.evaluate_and_act()
    told = recount(practice.world, "web", since=practice.clock.now() - timedelta(hours=1), limit=1)
    assert told.is_cut
    assert told.moments[-1].replicas == practice.replicas
