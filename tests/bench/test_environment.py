"""The environment can be told anywhere."""

import pytest

from tests.bench import environment


def test_every_figure_is_told_and_named_as_of_the_environment() -> None:
    found = environment.measure()
    assert all(name.startswith("environment_") for name in found)
    assert all(figure != "" for figure in found.values())


@pytest.mark.parametrize(
    ("words", "version"),
    [
        pytest.param("Docker version 20.10.24+dfsg1, build 5d6db84", "20.10.24+dfsg1", id="Docker"),
        pytest.param("InfluxDB v1.6.7~rc0 (git: unknown unknown)", "1.6.7~rc0", id="InfluxDB"),
        pytest.param("Redis server v=7.0.15 sha=00000000:0 bits=64", "7.0.15", id="Redis"),
        pytest.param("unknown", "unknown", id="no version at all"),
    ],
)
def test_a_program_names_its_version(words: str, version: str) -> None:
    assert environment.version_in(words) == version
