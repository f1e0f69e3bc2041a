"""Each target reads its seeds, whole, cut and stained, without a fuzzer."""

import random

import pytest

from tests.fuzz.catalogue import TARGETS, target

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
