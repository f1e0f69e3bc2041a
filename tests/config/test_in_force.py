"""What is in force for a service, and where it was said."""

from datetime import timedelta

from skep.config.catalogue import CATALOGUE
from skep.config.in_force import SettingOrigin, settings_of
from skep.config.labels import LabelDefaults
from tests.builders import service
from tests.config.policies import file_of

FILE = file_of("""
defaults: {flaps: 9}
services:
  web: {enable: true, max: 20, requests: 50/s, metrics: {jobs: {target: 30}}}
""")


def in_force(labels: dict[str, str], defaults: LabelDefaults) -> dict[str, SettingOrigin]:
    return {setting.label: setting for setting in settings_of(service(labels=labels), defaults)}


def test_each_setting_tells_where_it_was_said() -> None:
    found = in_force({"skep.max": "30"}, LabelDefaults(window=timedelta(minutes=2), file=FILE))
    origins = {label: (found[label].text, found[label].origin) for label in found}
    assert origins["skep.max"] == ("30", "label")
    assert origins["skep.requests"] == ("50/s", "policy.yml:4:32")
    assert origins["skep.flaps"] == ("9", "policy.yml:2:12")
    assert origins["skep.window"] == ("2m", "SKEP_WINDOW")
    assert origins["skep.max-age"] == ("45s", "default")
    assert origins["skep.metric.jobs.target"] == ("30", "policy.yml:4:65")
    assert origins["skep.metric.jobs.source"] == ("influxdb", "default")


def test_what_nobody_said_and_has_no_default_is_left_out() -> None:
    assert "skep.cpu" not in in_force({"skep.max": "30"}, LabelDefaults())


def test_they_stand_in_the_order_of_the_documentation() -> None:
    order = [label.name for label in CATALOGUE]
    found = list(in_force({"skep.price": "1", "skep.max": "30", "skep.cpu": "70%"}, LabelDefaults()))
    assert found == sorted(found, key=order.index)


def test_a_label_that_skep_does_not_know_is_in_force_for_nobody() -> None:
    assert "skep.maxx" not in in_force({"skep.maxx": "30"}, LabelDefaults())


def test_schedules_have_their_names() -> None:
    found = in_force({"skep.schedule.office": "08:00-18:00 UTC min=2"}, LabelDefaults())
    assert found["skep.schedule.office"].origin == "label"


def test_of_a_service_that_nobody_speaks_of_nothing_is_in_force() -> None:
    assert settings_of(service(name="blog", labels={"traefik.enable": "true"}), LabelDefaults(file=FILE)) == ()
