"""What a policy file says, as a value: clauses, each about the services of one name or of names of one pattern."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from skep.config.origin import Origin
from skep.config.problem import Problem
from skep.core.pools import PoolPolicy

__all__ = ["Clause", "PolicyFile", "Said", "is_pattern"]

_REMEMBERED_SERVICES = 16_384
#: The one in force and the one before.
_REMEMBERED_FILES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One label as a policy file gives it.

    Attributes:
        text: as the label would have it, however it is written in the file.
    """

    label: str
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What a policy file says of some services.

    Attributes:
        name: of one service, or a pattern with ``*`` and ``?``.
        said: each label once.
        problems: what is wrong with it beyond the values of labels, which only their readers judge.
        origin: where it begins.
    """

    name: str
    said: tuple[Said, ...] = ()
    problems: tuple[Problem, ...] = ()
    origin: Origin

    def covers(self, service: str) -> bool:
        """Whether it is about the service of that name."""
        return bool(_matcher(self.name).fullmatch(service))


def is_pattern(name: str) -> bool:
    """Whether more than one service can have a name that matches."""
    return "*" in name or "?" in name


@lru_cache(maxsize=_REMEMBERED_SERVICES)
def _matcher(name: str) -> re.Pattern[str]:
    return re.compile("".join(_WILDCARDS.get(character, re.escape(character)) for character in name), re.DOTALL)


_WILDCARDS = {"*": ".*", "?": "."}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolicyFile:
    """What a policy file says, and all that is wrong with it.

    A file is what its text says, so files are compared by that, and quickly.

    Attributes:
        name: for people.
        text: the whole of it.
        defaults: for all services that are covered by a clause or have labels of skep.
        clauses: in the order of the file.
        pools: those that are right.
        problems: all, in the order of the file; those of clauses and values among them.
        failure: why a later text of the same file could not be read at all, where that happened.
    """

    name: str
    text: str = ""
    defaults: Clause | None = None
    clauses: tuple[Clause, ...] = ()
    pools: tuple[PoolPolicy, ...] = ()
    problems: tuple[Problem, ...] = ()
    failure: tuple[Problem, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyFile) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[str, str, tuple[Problem, ...]]:
        return self.name, self.text, self.failure

    def failed(self, problems: tuple[Problem, ...]) -> "PolicyFile":
        """This file after its text was replaced by one that cannot be read.

        What it said of all services goes on; of those that it covers nothing is known, so they are left alone.
        """
        return replace(self, failure=problems)

    def covers(self, service: str) -> bool:
        """Whether a clause is about the service of that name."""
        return bool(_covering(self, service))

    def entries_for(self, service: str) -> tuple[tuple[str, str, Origin], ...]:
        """Labels, texts and where they stand, for a service that is covered or has labels.

        A clause with its very name counts more than one with a pattern, of those the later one, and the defaults least.
        """
        said = {each.label: each for clause in self._in_order(service) for each in clause.said}
        return tuple((each.label, each.text, each.origin) for each in said.values())

    def problems_for(self, service: str) -> tuple[Problem, ...]:
        """What is wrong with what the file says of a service, beyond the values of labels; none if it says nothing."""
        if not self.covers(service):
            return ()
        found = self.failure or tuple(problem for clause in self._in_order(service) for problem in clause.problems)
        return tuple(replace(problem, service=service) for problem in dict.fromkeys(found))

    def _in_order(self, service: str) -> tuple[Clause, ...]:
        """The clauses about a service, the one that counts most last."""
        return (*((self.defaults,) if self.defaults else ()), *_covering(self, service))


@lru_cache(maxsize=_REMEMBERED_SERVICES)
def _covering(file: PolicyFile, service: str) -> tuple[Clause, ...]:
    by_name, with_patterns = _index(file)
    return (*(clause for clause in with_patterns if clause.covers(service)), *by_name.get(service, ()))


@lru_cache(maxsize=_REMEMBERED_FILES)
def _index(file: PolicyFile) -> tuple[Mapping[str, tuple[Clause, ...]], tuple[Clause, ...]]:
    """Clauses by the name of the one service they are about, and those with patterns."""
    by_name: dict[str, tuple[Clause, ...]] = {}
    for clause in file.clauses:
        if not is_pattern(clause.name):
            by_name[clause.name] = (*by_name.get(clause.name, ()), clause)
    return by_name, tuple(clause for clause in file.clauses if is_pattern(clause.name))
