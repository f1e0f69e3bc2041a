"""The schema of the policy file: it is the published one, takes what is right and refuses what is not."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skep.config import policy_file
from skep.config.catalogue import CATALOGUE, Label
from skep.config.pool_keys import POOL_KEYS, PoolKey
from skep.config.reference import SCHEMA, schema_text
from skep.config.schema import policy_schema
from skep.config.units import UnitError, read_count, read_duration, read_number
from tests.config.policies import sentences_of

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft7Validator(policy_schema())
EXAMPLE = ROOT / "stacks" / "policy" / "policy.yml"


def accepts(text: str) -> bool:
    """Whether an editor would have nothing to say."""
    return bool(VALIDATOR.is_valid(yaml.safe_load(text)))


def clause(label: Label, value: str) -> str:
    """A file that says one thing."""
    if label.is_of_metric:
        return f"metrics: {{jobs: {{{label.key}: {value}}}}}"
    if label.is_of_schedule:
        return f"defaults: {{schedules: {{office: {value}}}}}"
    return f"defaults: {{{label.key}: {value}}}"


def test_the_published_schema_is_the_one_made_of_the_catalogue() -> None:
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == schema_text(), "run python -m skep.config.reference"


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(schema_text()))


def test_the_example_of_a_policy_file_is_right() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert sentences_of(text) == []
    assert accepts(text)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        pytest.param(label, text, id=f"{label.name}: {text}")
        for label in CATALOGUE
        if label.is_supported
        for text in dict.fromkeys((*label.examples, *([label.default] if label.default else [])))
    ],
)
def test_it_takes_every_example_and_default_as_a_text(label: Label, text: str) -> None:
    assert accepts(clause(label, json.dumps(text)))


@pytest.mark.parametrize("label", [pytest.param(label, id=label.name) for label in CATALOGUE if label.slots])
def test_it_takes_every_example_with_its_parts(label: Label) -> None:
    assert accepts(clause(label, label.example_of_slots.replace("2026-12-24T18:00+01:00", "'2026-12-24T18:00+01:00'")))


@pytest.mark.parametrize("key", [pytest.param(key, id=key.name) for key in POOL_KEYS])
def test_it_takes_every_example_of_a_pools_key(key: PoolKey) -> None:
    pool = {"max": "10", "provider": "lab", key.key: key.example}
    text = f"pools: {{workers: {{{', '.join(f'{name}: {value}' for name, value in pool.items())}}}}}"
    assert accepts(text)
    assert sentences_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("services: [{name: shop_*, max: 3}]", id="a list"),
        pytest.param("defaults: {enable: yes, max: 20, price: 2.5, scale-down: off, tune: off}", id="words of YAML"),
        pytest.param("x-anything: [1, {a: b}]\nservices:\n", id="what is for anchors"),
        pytest.param("pools: {w: {max: 3, provider: aws, aws: {group: [a]}, heal: off}}", id="a provider's settings"),
    ],
)
def test_it_takes_what_skep_takes(text: str) -> None:
    assert accepts(text)
    assert sentences_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[shop_web]", id="a list for a file"),
        pytest.param("servces: {}", id="a misspelt section"),
        pytest.param("services: {shop_web: {maxx: 3}}", id="a misspelt key"),
        pytest.param("services: {shop_web: {max: 0}}", id="a maximum of nothing"),
        pytest.param("services: {shop_web: {max: many}}", id="a maximum in words"),
        pytest.param("services: {shop_web: {max: [3]}}", id="a list for a text"),
        pytest.param("services: {shop_web: {enable: maybe}}", id="a flag that is neither"),
        pytest.param("services: {shop_web: {window: 30}}", id="a duration without a unit"),
        pytest.param("services: {shop_web: {on-deploy: ignore}}", id="a choice that does not exist"),
        pytest.param("services: {shop_web: {scale-up: {windo: 5m}}}", id="a misspelt part"),
        pytest.param("services: {shop_web: {requests: {activation: 2/s}}}", id="a part that is missing"),
        pytest.param("services: {'shop web': {max: 3}}", id="a name with a space"),
        pytest.param("services: [{max: 3}]", id="a clause without a name"),
        pytest.param("metrics: {jobs: {kind: sum}}", id="a kind that does not exist"),
        pytest.param("metrics: {a.b: {kind: total}}", id="a metric with a bad name"),
        pytest.param("pools: {w: {max: 3}}", id="a pool without a provider"),
        pytest.param("pools: {w: {max: 3, provider: azure}}", id="a provider that does not exist"),
        pytest.param("pools: {w: {max: 3, provider: lab, heal: {after: 3m}}}", id="a misspelt key of a pool"),
        pytest.param("pools: {w: {max: 3, provider: lab, labels: {skep.pool: x}}}", id="a label that is skep's"),
    ],
)
def test_it_refuses_what_skep_refuses(text: str) -> None:
    assert not accepts(text)
    read = policy_file.read(text, "policy.yml")
    assert read.problems


NUMERIC: list[tuple[str, Any]] = [("min", read_count), ("price", read_number), ("window", read_duration)]


NUMBERS = st.from_regex(r" ?[0-9.]{0,6}(ms|[smhd])?[0-9]{0,3}[smh]? ?", fullmatch=True)


@given(text=NUMBERS, which=st.sampled_from(NUMERIC))
def test_what_a_reader_takes_the_schema_takes(text: str, which: tuple[str, Any]) -> None:
    key, read = which
    try:
        read(text)
    except UnitError:
        return
    assert accepts(f"defaults: {{{key}: {json.dumps(text)}}}")
