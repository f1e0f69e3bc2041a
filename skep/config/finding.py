"""One thing that an operator should know, and where it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from skep.config.problem import Problem
from skep.config.units import complaint, shortened
from skep.config.yaml_sheet import YamlProblem

__all__ = ["Finding", "Severity", "each_once", "of_problem", "of_yaml"]


class Severity(StrEnum):
    """Whether something does not work, or works otherwise than was perhaps meant."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        sentence: what is found, without its place.
        service: whose it is, if any.
        file: where it stands, if in a file.
        line: counted from 1.
        label: what it is about, if a label.
        is_on_container: whether the label is one of the containers.
    """

    severity: Severity
    sentence: str
    service: str | None = None
    file: str | None = None
    line: int | None = None
    label: str | None = None
    is_on_container: bool = False

    @property
    def text(self) -> str:
        """On one line: ``stack.yml:12: web: error: skep.max is …``."""
        place = f"{shortened(self.file)}:{self.line or 1}: " if self.file is not None else ""
        whose = f"{shortened(self.service)}: " if self.service is not None else ""
        return f"{place}{whose}{self.severity}: {self.sentence}"


def each_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without those at the same place of a file that say the same of another service."""
    first: dict[tuple[str | None, ...], Finding] = {}
    for finding in findings:
        service = finding.service if finding.file is None else f"{finding.file}:{finding.line}"
        first.setdefault((service, finding.sentence), finding)
    return tuple(first.values())


def of_problem(problem: Problem) -> Finding:
    """A mistake in a policy."""
    return Finding(
        severity=Severity.ERROR,
        sentence=problem.complaint,
        service=problem.service,
        file=problem.origin.file if problem.origin else None,
        line=problem.origin.line if problem.origin else None,
        label=problem.label,
    )


def of_yaml(problem: YamlProblem) -> Finding:
    """A mistake in a file."""
    return Finding(
        severity=Severity.ERROR,
        sentence=complaint(shortened(problem.place), problem.given, problem.expected, problem.example),
        file=problem.file,
        line=problem.line,
    )
