"""A service that only programs scale, as docs/webhooks.md has it: its metric is seen and changes nothing."""

import re

import pytest
import yaml

from skep.config.labels import LabelDefaults, read_labels
from skep.core.metrics.series import Answers
from skep.core.plan import Candidate, plan
from skep.core.policy import ServicePolicy, Signal
from tests.builders import EVERY_15_S, NOW, answers, flat, history, service
from tests.house.tree import ROOT

TEXT = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
LABELS = next(
    read["labels"]
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    if "labels" in (read := yaml.safe_load(block))
)


@pytest.mark.parametrize("cores", [0.001, 0.5], ids=["idle", "busy"])
def test_whatever_its_metric_says_the_count_is_kept(cores: float) -> None:
    web = service(4, labels=LABELS)
    policy = read_labels(web, defaults=LabelDefaults())
    assert isinstance(policy, ServicePolicy)
    (decision,) = plan(
        evaluation=1,
        now=NOW,
        interval=EVERY_15_S,
        candidates=[Candidate(service=web, policy=policy, history=history({200: 1}))],
        answers=measured(cores),
    ).decisions
    assert decision.proposals[0].replicas != 4
    assert decision.goal == 4


def measured(cores: float) -> Answers:
    """What all four replicas use."""
    return answers(Signal.CPU, *(flat(f"task{number}", cores) for number in range(1, 5)))
