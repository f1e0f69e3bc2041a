"""The documentation of providers: every option is there, and every example is right."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from skep.config.providers import PROVIDERS, OptionProblems, read_options

TEXT = (Path(__file__).parents[2] / "docs/providers.md").read_text()


def options_of(provider: str) -> Iterator[str]:
    """All options of a provider, as it lists them to somebody who asks for one that it does not have."""
    read = read_options("web", provider, {"no-such-option": "x"})
    assert isinstance(read, OptionProblems)
    (unknown,) = [problem for problem in read.problems if problem.given == "no-such-option"]
    yield from unknown.expected.removeprefix("one of ").split(", ") if unknown.expected.startswith("one of") else ()


def chapter(provider: str) -> str:
    return TEXT.split(f"\n## {provider}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_option_is_documented(provider: str) -> None:
    assert [option for option in options_of(provider) if f"`{option}`" not in chapter(provider)] == []


def pools() -> Iterator[tuple[str, dict[str, Any]]]:
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL):
        yield from yaml.safe_load(block)["pools"].items()


def test_every_example_is_right() -> None:
    read = [read_options(name, pool["provider"], pool.get(pool["provider"], {})) for name, pool in pools()]
    assert [options for options in read if isinstance(options, OptionProblems)] == []
    assert {pool["provider"] for _, pool in pools()} == set(PROVIDERS)
