"""A pair of thresholds as one target with a tolerance: it moves where the peer moved, and never where it did not."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from skep.config.dialects.amounts import CPU_CORES, CPU_SHARE, MEMORY_SHARE
from skep.config.dialects.draft import Draft
from skep.config.dialects.thresholds import Threshold, say_thresholds
from skep.config.dialects.translation import ServiceFacts
from skep.config.labels import read_labels
from skep.core.cluster import Resources
from skep.core.demand import ReplicaDemand, ReplicaUse
from skep.core.policy import ServicePolicy
from skep.core.readiness import ReplicaState
from skep.core.strategies import per_replica
from tests.builders import NOW, service

FACTS = ServiceFacts(name="web", limits=Resources(cpu_cores=0.5, memory_bytes=512 << 20))


def said(*thresholds: Threshold) -> dict[str, str]:
    """The native labels."""
    draft = Draft({}, FACTS)
    say_thresholds(draft, thresholds)
    return dict(draft.finished((), "a peer").native)


def share(up: str, down: str, *, memory: bool = False) -> Threshold:
    """A pair of shares of the limit."""
    return Threshold(
        measure=MEMORY_SHARE if memory else CPU_SHARE,
        up=Decimal(up),
        down=Decimal(down),
        label="peer.up",
        down_label="peer.down",
        is_given=True,
    )


def test_the_target_is_the_upper_threshold_and_the_tolerance_reaches_down_to_the_lower() -> None:
    assert said(share("0.8", "0.2")) == {"skep.cpu": "80%", "skep.tolerance": "up=0% down=75%"}


def test_one_threshold_for_both_directions_has_no_tolerance() -> None:
    assert said(share("0.8", "0.8")) == {"skep.cpu": "80%", "skep.tolerance": "up=0% down=0%"}


def test_a_tolerance_is_rounded_away_from_shrinking() -> None:
    assert said(share("0.85", "0.25"))["skep.tolerance"] == "up=0% down=70.59%"


def test_of_two_pairs_the_wider_tolerance_counts() -> None:
    labels = said(share("0.8", "0.2"), share("0.9", "0.45", memory=True))
    assert labels == {"skep.cpu": "80%", "skep.memory": "90%", "skep.tolerance": "up=0% down=75%"}


def test_that_a_pair_shrinks_later_is_told() -> None:
    draft = Draft({}, FACTS)
    say_thresholds(draft, (share("0.8", "0.2"), share("0.9", "0.45", memory=True)))
    (_, note) = draft.finished((), "a peer").notes
    assert note.instead.endswith("this one shrinks only below 22.5%")


def test_a_lower_threshold_above_the_upper_is_a_problem() -> None:
    draft = Draft({"peer.down": "90"}, FACTS)
    say_thresholds(draft, (share("0.8", "0.9"),))
    (problem,) = draft.finished((), "a peer").problems
    assert (problem.label, problem.given) == ("peer.down", "90")


def test_a_default_that_use_cannot_reach_is_left_out_with_a_note() -> None:
    draft = Draft({}, FACTS)
    threshold = Threshold(
        measure=CPU_CORES,
        up=Decimal("0.8"),
        down=Decimal("0.8"),
        label="peer.up",
        down_label="peer.up",
        is_given=False,
    )
    say_thresholds(draft, (threshold,))
    translation = draft.finished((), "a peer")
    assert (translation.native, translation.problems) == ((), ())
    assert translation.notes[0].why == "is 0.8 cores by default, more than deploy.resources.limits.cpus of 0.5 cores"


# --- what the core makes of it -------------------------------------------------------------------------------------

PERCENT = st.integers(min_value=1, max_value=100)


def proposal(up: int, down: int, *, use_percent: float, replicas: int) -> int:
    """The count that the core proposes where every replica uses the same share of its limit."""
    labels = said(share(f"{up / 100}", f"{down / 100}"))
    policy = read_labels(service(labels={"skep.enable": "true", "skep.max": "100", **labels}))
    assert isinstance(policy, ServicePolicy)
    uses = tuple(ReplicaUse(state=ReplicaState.READY, value=use_percent / 100, basis=1.0) for _ in range(replicas))
    demand = ReplicaDemand(metric=policy.metrics[0], replicas=uses, at=NOW)
    wanted = per_replica.propose(demand, tolerance=policy.tolerance, replicas=replicas).replicas
    assert wanted is not None
    return wanted


#: The lower and the upper threshold.
BANDS = st.tuples(PERCENT, PERCENT).map(lambda ends: (min(ends), max(ends)))


@given(band=BANDS, use=st.integers(0, 100), replicas=st.integers(1, 50))
def test_it_grows_exactly_above_the_upper_threshold_and_shrinks_nowhere_above_the_lower(
    band: tuple[int, int], use: int, replicas: int
) -> None:
    down, up = band
    wanted = proposal(up, down, use_percent=use, replicas=replicas)
    assert (wanted > replicas) == (use > up)
    # At the lower threshold itself the last bit of a division may decide.
    assert wanted >= replicas or use <= down


@given(band=BANDS, use=st.integers(1, 100), replicas=st.integers(1, 50))
def test_where_it_has_gone_it_stays(band: tuple[int, int], use: int, replicas: int) -> None:
    down, up = band
    wanted = proposal(up, down, use_percent=use, replicas=replicas)
    load_then = use * replicas / wanted
    assert proposal(up, down, use_percent=load_then, replicas=wanted) == wanted


@given(band=BANDS, replicas=st.integers(2, 50), data=st.data())
def test_it_shrinks_wherever_the_peer_would_and_the_others_can_carry_it(
    band: tuple[int, int], replicas: int, data: st.DataObject
) -> None:
    down, up = band
    clearly_below = (down * 99 - 1) // 100
    can_be_carried = up * (replicas - 1) // replicas
    use = data.draw(st.integers(0, min(clearly_below, can_be_carried)))
    assert proposal(up, down, use_percent=use, replicas=replicas) < replicas
