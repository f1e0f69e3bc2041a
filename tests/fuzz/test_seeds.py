"""Each target reads its seeds, whole, cut and stained, without a fuzzer."""

import json
import random

import pytest

from tests.fuzz.catalogue import TARGETS, target
from tests.fuzz.mutation import mutated

CASES = [
    pytest.param(name, seed, id=f"{name}: {words}") for name in TARGETS for words, seed in target(name).seeds.items()
]


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_a_seed_is_read(name: str, seed: bytes) -> None:
    target(name).look(seed)


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_a_cut_or_stained_seed_breaks_no_promise(name: str, seed: bytes) -> None:
    chance = random.Random(seed)
    look = target(name).look
    for _ in range(20):
        look(seed[: chance.randrange(len(seed))])
        at = chance.randrange(len(seed))
        look(seed[:at] + chance.randbytes(chance.randrange(4)) + seed[at + 1 :])


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_a_seed_with_other_parts_breaks_no_promise(name: str, seed: bytes) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        target(name).look(mutated(seed, chance) or seed)


def test_json_stays_json_and_changes() -> None:
    seed = b'{"a": [1, {"b": 2.5}], "c": "d"}'
    found = [mutated(seed, random.Random(number)) for number in range(50)]
    documents = [json.loads(each) for each in found if each is not None]
    assert len(documents) > 40
    assert sum(document != json.loads(seed) for document in documents) > 40


def test_what_is_no_json_or_empty_is_left_to_others() -> None:
    assert [mutated(data, random.Random(1)) for data in (b"skep.max=3", b"\xff", b"{}")] == [None] * 3
