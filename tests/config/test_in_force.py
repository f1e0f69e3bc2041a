"""What holds for a service is told label by label, with where it comes from."""

import pytest

from skep.config.in_force import FROM_DEFAULT, FROM_LABEL, settings_in_force
from skep.config.labels import LabelDefaults
from tests.builders import service

ENABLED = {"skep.enable": "true", "skep.max": "20", "skep.requests": "50/s"}


def told(labels: dict[str, str], origin: str) -> dict[str, str]:
    settings = settings_in_force(service(labels=labels), defaults=LabelDefaults())
    return {setting.label: setting.text for setting in settings if setting.origin == origin}


def test_labels_are_told_as_they_are_written() -> None:
    labels = {**ENABLED, "skep.tolerance": "up=5%  down=20%", "com.example.note": "not ours"}
    assert told(labels, FROM_LABEL) == {**ENABLED, "skep.tolerance": "up=5%  down=20%"}


def test_what_no_label_says_holds_by_default_and_is_told_as_a_label_would_say_it() -> None:
    assert told(ENABLED, FROM_DEFAULT) == {
        "skep.min": "1",
        "skep.window": "30s",
        "skep.max-age": "45s",
        "skep.tolerance": "10%",
        "skep.scale-up": "window=0s rate=4/15s,100%/15s",
        "skep.scale-down": "window=5m rate=100%/15s",
        "skep.flaps": "4",
        "skep.on-missing": "hold",
        "skep.on-deploy": "restore",
    }


def test_no_label_and_its_default_are_both_told() -> None:
    labels = {**ENABLED, "skep.min": "3", "skep.scale-down": "off"}
    assert told(labels, FROM_LABEL).keys().isdisjoint(told(labels, FROM_DEFAULT))


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({}, id="no labels"),
        pytest.param({"skep.max": "20"}, id="not enabled"),
        pytest.param({**ENABLED, "skep.max": "many"}, id="wrong labels"),
    ],
)
def test_nothing_holds_by_default_for_a_service_that_skep_does_not_scale(labels: dict[str, str]) -> None:
    assert told(labels, FROM_DEFAULT) == {}
    assert told(labels, FROM_LABEL) == labels
