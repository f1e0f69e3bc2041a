"""Autoscaler/autoscaler (CAF) up to 2.x."""

import pytest

from tests.config.dialects.speaking import labels_of, notes_of, problems_of

BY_QUEUE = {"autoscale.metric": "rabbitmq", "autoscale.scalingtarget": "jobs"}


def test_everything_but_the_queue_has_a_default() -> None:
    assert labels_of("caf", BY_QUEUE) == {
        "skep.enable": "true",
        "skep.min": "0",
        "skep.max": "5",
        "skep.queue": "rabbitmq:jobs target=300",
        "skep.scale-up": "window=0s rate=5/10s",
        "skep.scale-down": "window=1m40s rate=5/10s",
    }


@pytest.mark.parametrize(
    ("backoffs", "cooldown"),
    [
        pytest.param({"autoscale.backoff": "3"}, "up=1m30s down=1m30s", id="one for both"),
        pytest.param({"autoscale.backoff": "3", "autoscale.scaleupbackoff": "0"}, "up=0s down=1m30s", id="none for up"),
        pytest.param({"autoscale.backoff": "3", "autoscale.scaleupbackoff": "-1"}, "up=1m30s down=1m30s", id="-1"),
        pytest.param({"autoscale.scaledownbackoff": "10"}, "up=0s down=5m", id="one for down"),
        pytest.param({"autoscale.backoff": "999999999"}, "up=1d down=1d", id="longer than anybody waits"),
    ],
)
def test_backoffs_are_counted_in_intervals(backoffs: dict[str, str], cooldown: str) -> None:
    assert labels_of("caf", {**BY_QUEUE, "autoscale.interval": "30", **backoffs})["skep.cooldown"] == cooldown


def test_that_the_target_has_to_be_set_is_told() -> None:
    note = next(note for note in notes_of("caf", BY_QUEUE) if note.startswith("CAF_AUTOSCALER_BACKLOG_GOAL"))
    assert "300 times what one takes per second" in note


def test_a_queue_is_needed() -> None:
    (problem,) = problems_of("caf", {"autoscale.metric": "rabbitmq"})
    assert problem == "web: autoscale.scalingtarget is missing, expected the name of the queue, for example jobs"


@pytest.mark.parametrize("queue", ["two words", "", "x" * 256, "line\nbreak"], ids=["space", "empty", "long", "break"])
def test_what_is_no_queue_is_a_problem(queue: str) -> None:
    assert len(problems_of("caf", {**BY_QUEUE, "autoscale.scalingtarget": queue})) == 1


@pytest.mark.parametrize(
    "label", ["autoscale.profile", "autoscale.scalingprofile", "autoscale.shutdownPriority", "autoscale.groupid"]
)
def test_what_is_not_carried_over_is_noted(label: str) -> None:
    assert any(note.startswith(f"{label} ") for note in notes_of("caf", {**BY_QUEUE, label: "1"}))
