"""Clauses of a policy file that are about nobody."""

from collections.abc import Callable, Iterable, Iterator

from skep.config.clauses import Clause, PolicyFile
from skep.config.finding import Finding, Severity
from skep.config.units import quoted

__all__ = ["about_nobody"]


def about_nobody(file: PolicyFile, is_about: Callable[[Clause], bool], *, among: str) -> Iterator[Finding]:
    """A warning for each clause that no service is covered by.

    Args:
        file: with the clauses.
        is_about: whether there is a service that it covers.
        among: whose services were looked at, for people.
    """
    clauses: Iterable[Clause] = (clause for clause in file.clauses if not is_about(clause))
    for clause in clauses:
        yield Finding(
            severity=Severity.WARNING,
            sentence=f"{quoted(clause.name)} is the name of no service {among}",
            file=clause.origin.file,
            line=clause.origin.line,
        )
