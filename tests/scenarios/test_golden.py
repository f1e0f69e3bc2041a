"""Whole stories, told by the decisions themselves and kept word for word.

``SKEP_WRITE_GOLDEN=1 pytest tests/scenarios`` writes them anew; read the difference before committing it.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import policy
from tests.scenarios.story import Story

GOLDEN = Path(__file__).parent / "golden"


def surge(second: int) -> float:
    """Quiet, five minutes of 400/s, quiet."""
    return 400.0 if 60 <= second < 360 else 80.0


def ripple(second: int) -> float:
    """A load that crosses the edge between two and three replicas every half minute."""
    return 115.0 if second // 30 % 2 else 85.0


STORIES = {
    "a surge comes and goes": Story(policy=policy(minimum=2, maximum=12), load_rps=surge),
    "the store is lost in mid-surge": Story(
        policy=policy(minimum=2, maximum=12), load_rps=surge, blind=lambda second: 200 <= second < 900
    ),
    "the surge is larger than max": Story(policy=policy(minimum=2, maximum=5), load_rps=surge),
    "a ripple around the edge": Story(policy=policy(minimum=1, maximum=12), load_rps=ripple),
}


def tell(story: Story) -> str:
    """A line for each evaluation that changes something or gives a new kind of reason."""
    lines: list[str] = []
    last_cause = ""
    for second, decision in story.run(timedelta(minutes=20)):
        blind = [proposal.metric for proposal in decision.proposals if proposal.gap]
        cause = f"{decision.verdict} {[step.by for step in decision.steps]} {blind} {decision.goal}"
        if decision.changes_replicas or cause != last_cause:
            lines.append(f"{second:>5} s  {decision.replicas:>2} → {decision.goal:<2}  {decision.reason}")
        last_cause = cause
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", STORIES)
def test_the_story_is_told_as_before(name: str) -> None:
    golden = GOLDEN / f"{name.replace(' ', '-')}.txt"
    told = tell(STORIES[name])
    if os.environ.get("SKEP_WRITE_GOLDEN"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")
