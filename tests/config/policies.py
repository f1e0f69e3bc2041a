"""Policy files for tests, and the services that are read with them."""

from collections.abc import Mapping
from textwrap import dedent

from skep.config import policy_file
from skep.config.clauses import PolicyFile
from skep.config.labels import LabelDefaults, read_labels
from skep.config.problem import Problem, Problems
from skep.core.policy import ServicePolicy
from tests.builders import service

__all__ = ["failure_of", "file_of", "outcome", "policy_of", "problems_of", "sentences_of"]

NAME = "policy.yml"


def file_of(text: str) -> PolicyFile:
    """A file that can be read, whatever is wrong in it."""
    file = policy_file.read(dedent(text), NAME)
    assert isinstance(file, PolicyFile), file
    return file


def failure_of(text: str | bytes) -> Problem:
    """The one reason why a file cannot be read at all."""
    failure = policy_file.read(text, NAME)
    assert isinstance(failure, Problems), failure
    (problem,) = failure.problems
    return problem


def sentences_of(text: str) -> list[str]:
    """All that is wrong in a file that can be read."""
    return [problem.sentence for problem in file_of(text).problems]


def outcome(
    text: str | PolicyFile, labels: Mapping[str, str] | None = None, *, name: str = "shop_web"
) -> ServicePolicy | Problems | None:
    """What a service comes to, with a limit of half a core and 512 MiB."""
    file = text if isinstance(text, PolicyFile) else file_of(text)
    return read_labels(service(name=name, labels=labels or {}), defaults=LabelDefaults(file=file))


def policy_of(
    text: str | PolicyFile, labels: Mapping[str, str] | None = None, *, name: str = "shop_web"
) -> ServicePolicy:
    """The policy of a service that has one."""
    policy = outcome(text, labels, name=name)
    assert isinstance(policy, ServicePolicy), policy
    return policy


def problems_of(
    text: str | PolicyFile, labels: Mapping[str, str] | None = None, *, name: str = "shop_web"
) -> list[str]:
    """What is wrong with a service that is left alone."""
    problems = outcome(text, labels, name=name)
    assert isinstance(problems, Problems), problems
    return [problem.sentence for problem in problems.problems]
