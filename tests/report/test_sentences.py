"""The line that Flower shows: what it says, and that it always fits without lying about a number."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.report.sentences import LONGEST_LINE, order_line, verdict_line, verdict_of

RATE = "requests 137/s each on 3 replicas, target 50/s: 9 replicas wanted, growth is limited to 4 per 15 s"


@pytest.mark.parametrize(
    ("order", "line"),
    [
        pytest.param(
            {"verdict": "scaled", "service": "web", "before": 3, "after": 7, "reason": RATE},
            "web 3 → 7: requests 137/s each, target 50/s…",
            id="a long reason is cut between words, and says nothing half",
        ),
        pytest.param(
            {"verdict": "scaled", "service": "web", "before": 3, "after": 5, "reason": "by hand"},
            "web 3 → 5: by hand",
            id="a short reason is whole",
        ),
        pytest.param(
            {"verdict": "scaled", "service": "shop_checkout", "before": 3, "after": 5, "reason": "min is 5"},
            "shop_checkout 3 → 5: min is 5",
            id="a reason that fits exactly is whole",
        ),
        pytest.param(
            {"verdict": "scaled", "service": "web", "before": 3, "after": 5, "reason": ""},
            "web 3 → 5",
            id="no reason",
        ),
        pytest.param(
            {"verdict": "already", "service": "web", "before": 5, "after": 5, "reason": "web already 5"},
            "web already 5",
            id="nothing to do",
        ),
        pytest.param(
            {
                "verdict": "refused",
                "service": "web",
                "before": 3,
                "after": 3,
                "reason": "web=40 refused: bounds are 2..20 (--beyond-bounds insists)",
            },
            "refused web: bounds are 2..20…",
            id="a refusal says what it is about once",
        ),
        pytest.param(
            {
                "verdict": "refused",
                "service": "web",
                "before": 5,
                "after": 5,
                "reason": "web dropped: decided on 3, is 5 now",
            },
            "refused web: decided on 3, is 5 now",
            id="a stale order",
        ),
        pytest.param(
            {
                "verdict": "scaled",
                "service": "department-of-long-names_checkout-worker",
                "before": 3,
                "after": 12,
                "reason": "cpu 91% each on 3 replicas, target 70%",
            },
            "department…ut-worker 3 → 12: cpu 91% each…",
            id="a long name loses its middle, and the reason keeps its beginning",
        ),
    ],
)
def test_a_line_reads(order: dict[str, object], line: str) -> None:
    assert verdict_line(**order) == line  # type: ignore[arg-type]


ORDERS = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(["scaled", "already", "refused"]),
        "service": st.text("abc_-.", min_size=1, max_size=70),
        "before": st.integers(0, 2**31 - 1),
        "after": st.integers(0, 2**31 - 1),
        "reason": st.text(max_size=200) | st.from_regex(r"([a-z]+ [0-9.]+(/s|%| s|), ){0,9}", fullmatch=True),
    }
)


@given(ORDERS)
def test_a_line_is_one_line_that_fits(order: dict[str, object]) -> None:
    line = verdict_line(**order)  # type: ignore[arg-type]
    assert len(line) <= LONGEST_LINE
    assert "\n" not in line


@given(ORDERS)
def test_the_verdict_can_be_read_back_from_the_line(order: dict[str, object]) -> None:
    assert verdict_of(verdict_line(**order)) == order["verdict"]  # type: ignore[arg-type]


@given(ORDERS)
def test_a_line_never_holds_a_number_that_is_not_the_order_s(order: dict[str, object]) -> None:
    numbers = re.findall(r"[0-9]+", verdict_line(**order))  # type: ignore[arg-type]
    known = re.findall(r"[0-9]+", f"{order['before']} {order['after']} {order['reason']}")
    assert set(numbers) <= set(known)


# --- orders that go on standing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "line"),
    [
        pytest.param(
            {"verdict": "held", "kind": "hold", "replicas": 7, "lasts": timedelta(minutes=30), "reason": "by hand"},
            "web held at 7 for 30 min: by hand",
            id="a hold",
        ),
        pytest.param(
            {"verdict": "held", "kind": "hold", "replicas": 7, "reason": "the fair opens its doors"},
            "web held at 7 until released: the fair opens…",
            id="a hold without end",
        ),
        pytest.param(
            {"verdict": "paused", "kind": "pause", "service": "everything", "reason": "by hand"},
            "everything paused until resumed: by hand",
            id="a pause of everything",
        ),
        pytest.param(
            {"verdict": "released", "kind": "release", "reason": "by hand"}, "web released: by hand", id="a release"
        ),
        pytest.param({"verdict": "resumed", "kind": "resume", "reason": ""}, "web resumed", id="no reason"),
        pytest.param(
            {"verdict": "already", "kind": "release", "reason": "by hand"}, "web already released", id="nothing to do"
        ),
        pytest.param(
            {
                "verdict": "refused",
                "kind": "hold",
                "reason": 'web refused: skep does not scale it, its label skep.enable is not "true"',
            },
            "refused web: skep does not scale it…",
            id="a refusal",
        ),
        pytest.param(
            {
                "verdict": "held",
                "kind": "hold",
                "service": "department-of-long-names_checkout-worker",
                "replicas": 12,
                "reason": "by hand",
            },
            "departmen…ut-worker held at 12 until released",
            id="a long name leaves no room for the reason",
        ),
    ],
)
def test_a_line_of_an_order_that_goes_on_standing_reads(order: dict[str, object], line: str) -> None:
    assert order_line(**{"service": "web", "replicas": None, "lasts": None} | order) == line  # type: ignore[arg-type]


STANDING = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(["held", "released", "paused", "resumed", "already", "refused"]),
        "kind": st.sampled_from(["hold", "release", "pause", "resume"]),
        "service": st.text("abc_-.", min_size=1, max_size=70),
        "replicas": st.none() | st.integers(0, 2**31 - 1),
        "lasts": st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=365)),
        "reason": st.text(max_size=200),
    }
)


@given(STANDING)
def test_a_line_of_an_order_that_goes_on_standing_fits_and_tells_its_verdict(order: dict[str, object]) -> None:
    line = order_line(**order)  # type: ignore[arg-type]
    assert len(line) <= LONGEST_LINE
    assert verdict_of(line) == order["verdict"]
