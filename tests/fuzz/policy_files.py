"""A policy file: what it says of a service and of pools, or sentences about what is wrong."""

from pathlib import Path

from skep.config import policy_file
from skep.config.labels import LabelDefaults, read_labels
from skep.config.problem import Problems
from skep.core.policy import ServicePolicy
from tests.builders import service
from tests.fuzz.labels import require_sane

__all__ = ["SEEDS", "look"]

_EXAMPLE = Path(__file__).parents[2] / "stacks" / "policy" / "policy.yml"

SEEDS = {
    "the example": _EXAMPLE.read_bytes(),
    "aliases": b"x-a: &a {enable: true, max: 9, cpu: 70%}\nservices: {shop_web: *a, 'shop_*': {<<: *a, min: 2}}\n",
    "all of the odd forms": b"defaults: {on-missing: {last: 10m}}\nservices: {shop_web: {max: 0x10, min: 1e3, 1: 2}}\n",
}


def look(data: bytes) -> None:
    """Read it, and what a service comes to by it."""
    file = policy_file.read(data, "policy.yml")
    if isinstance(file, Problems):
        assert all(problem.sentence.isprintable() for problem in file.problems), file
        return
    for labels in ({}, {"skep.enable": "true", "skep.max": "5"}):
        policy = read_labels(service(name="shop_web", labels=labels), defaults=LabelDefaults(file=file))
        if isinstance(policy, ServicePolicy):
            require_sane(policy)
