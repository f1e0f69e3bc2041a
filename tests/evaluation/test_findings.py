"""From the lines of runs to averages, duels and a document."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lab.evaluation.findings import averages, duels, worth_of_parts
from lab.evaluation.runs import FAMILY, USUAL, Line, Scope, carry_out, runs, traces_in
from lab.evaluation.text import average_line, document, duel_line, run_line
from skep.core.foresight.contenders import BASELINES, replay
from skep.core.foresight.contenders.ablations import ablations
from skep.core.foresight.scoring import Score
from tests.core.foresight.courses import daily

SCORE = Score(
    missing_ratio=0.02,
    idle_ratio=0.3,
    missing_time_ratio=0.1,
    idle_time_ratio=0.4,
    instability_ratio=0.1,
    dropped_ratio=0.005,
    busy_ratio=0.03,
    replica_hours=100.0,
    actions_per_day=200.0,
)


def line(policy: str, *, hours: float, missing: float = 0.02, trace: str = "a", condition: str = USUAL.name) -> Line:
    return Line(
        trace=trace,
        policy=policy,
        condition=condition,
        score=replace(SCORE, missing_ratio=missing),
        relative_hours=hours,
        evaluations=1000,
        cpu_s=0.05,
    )


def lines(*, ours_missing: float, trace: str = "a") -> list[Line]:
    """Every baseline at 1.2 hours, and replay at 1.1 to 1.3."""
    own = [
        line(replay(price).name, hours=1.1 + 0.2 * number / (len(FAMILY) - 1), missing=ours_missing, trace=trace)
        for number, price in enumerate(FAMILY)
    ]
    return [line("oracle", hours=1.0, missing=0.0, trace=trace), *own] + [
        line(baseline.name, hours=1.2, trace=trace) for baseline in BASELINES
    ]


def test_averages_are_means_over_traces_under_one_condition() -> None:
    found = averages(
        [
            line("HPA", hours=1.0, missing=0.1),
            line("HPA", hours=1.2, missing=0.3, trace="b"),
            line("HPA", hours=9.0, condition="300 s"),
        ]
    )
    assert [(mean.condition, mean.relative_hours) for mean in found] == [("30 s", pytest.approx(1.1)), ("300 s", 9.0)]
    assert found[0].missing == pytest.approx(0.2)


def test_a_duel_counts_the_traces_on_which_replay_is_not_worse() -> None:
    both = lines(ours_missing=0.01) + lines(ours_missing=0.05, trace="b")
    (duel,) = (duel for duel in duels(both) if duel.policy == "HPA")
    missing = next(side for side in duel.sides if side.figure == "missing")
    assert missing.theirs == pytest.approx(0.02)
    assert missing.ours == pytest.approx(0.03)
    assert missing.not_worse == 1
    assert duel.lost == ("b: missing",)
    assert duel.traces == 2


def test_a_baseline_that_costs_less_than_replay_can_is_named() -> None:
    cheap = [replace(each, relative_hours=0.9) if each.policy == "HPA" else each for each in lines(ours_missing=0.01)]
    (duel,) = (duel for duel in duels(cheap) if duel.policy == "HPA")
    assert duel.dearer == ("a",)


def test_without_ablations_nothing_is_said_of_parts() -> None:
    assert worth_of_parts(lines(ours_missing=0.01)) == ()


def test_the_document_has_every_policy_and_the_environment() -> None:
    every = lines(ours_missing=0.01)
    every += [line(each.name, hours=1.15) for each in ablations()]
    every.append(line("HPA", hours=1.0, condition="300 s"))
    text = document(
        every,
        averages(every),
        duels(every),
        worth_of_parts(every),
        environment={"processor": "abacus"},
        pictures={"all": "evaluation/policies.png"},
    )
    for heading in ("Averages", "At equal replica-hours", "What each part is worth", "Slower starts", "Speed", "## a"):
        assert heading in text
    for baseline in BASELINES:
        assert f"| {baseline.name} |" in text
    assert "- processor: abacus" in text
    assert "![all](evaluation/policies.png)" in text


def test_lines_of_the_terminal_tell_hours_and_what_is_missing() -> None:
    every = lines(ours_missing=0.01)
    assert "hours  1.200  tau_U  10.00%  theta_U   2.00%" in run_line(line("HPA", hours=1.2))
    assert average_line(averages(every)[0]).startswith("average")
    assert "missing 2.00% -> 1.00% (1/1)" in duel_line(duels(every)[0])


def test_every_trace_of_a_folder_is_run(tmp_path: Path) -> None:
    rows = [f"{300 * number},{rate}" for number, rate in enumerate(daily(1))]
    (tmp_path / "one.csv").write_text("\n".join(("t,r", *rows)), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no trace", encoding="utf-8")
    (path,) = traces_in(tmp_path)
    todo = [
        run
        for run in runs([path], Scope(history=timedelta(hours=20)))
        if run.policy in {"HPA", "replay", "static peak"}
    ]
    told: list[Line] = []
    found = carry_out(todo, processes=1, tell=told.append)
    assert {(each.policy, each.condition) for each in found} >= {
        ("HPA", "30 s"),
        ("HPA", "30 s, noisy"),
        ("replay", "300 s"),
    }
    assert list(found) == told
    assert all(each.trace == "one" for each in found)
