"""Compose files and policy files before they are deployed, each for itself and all together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from skep.config import policy_file
from skep.config.clauses import Clause, PolicyFile, is_pattern
from skep.config.compose import ComposeFile, ComposeService, read_compose
from skep.config.finding import Finding, each_once, of_problem, of_yaml
from skep.config.labels import LabelDefaults
from skep.config.lint.clauses import about_nobody
from skep.config.lint.service import lint_service
from skep.config.problem import Problems
from skep.config.yaml_sheet import YamlSheet
from skep.core.cluster import Service

__all__ = ["FileToLint", "lint_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToLint:
    """A file on the way to a deploy."""

    name: str
    content: bytes


def lint_files(
    files: Sequence[FileToLint], *, variables: Mapping[str, str], stack: str | None = None
) -> tuple[Finding, ...]:
    """The findings, in the order of the files and of their lines.

    Args:
        files: of both kinds, told apart by what is in them.
        variables: the environment from which ``${NAME}`` in Compose files is taken.
        stack: the name under which the Compose files will be deployed, if it is known.
    """
    composes: list[ComposeFile] = []
    policies: list[PolicyFile] = []
    findings: list[Finding] = []
    for file in files:
        read = _read(file, variables)
        if isinstance(read, ComposeFile):
            composes.append(read)
        elif isinstance(read, PolicyFile):
            policies.append(read)
            findings += [of_problem(problem) for problem in read.problems]
        else:
            findings += [of_problem(problem) for problem in read.problems]
    findings += _together([_Deployed(compose, policies, stack) for compose in composes], policies)
    order = [file.name for file in files]
    return tuple(sorted(each_once(findings), key=lambda finding: _position(finding, order)))


def _position(finding: Finding, order: Sequence[str]) -> tuple[int, int]:
    return order.index(finding.file) if finding.file in order else len(order), finding.line or 0


def _together(composes: Sequence["_Deployed"], policies: Sequence[PolicyFile]) -> Iterator[Finding]:
    """What is found in services of Compose files, by their labels and by each policy file."""
    for compose in composes:
        yield from (of_yaml(problem) for problem in compose.file.problems)
        for defaults in [LabelDefaults(file=policy) for policy in policies] or [LabelDefaults()]:
            yield from compose.findings(defaults)
    if composes:
        among = f"in {', '.join(compose.file.path for compose in composes)}"
        for policy in policies:
            yield from about_nobody(
                policy, lambda clause: any(compose.has_one_for(clause) for compose in composes), among=among
            )


class _Deployed:
    """A Compose file with the names that its services will have, as far as that can be known."""

    def __init__(self, file: ComposeFile, policies: Sequence[PolicyFile], stack: str | None) -> None:
        """Find out the names.

        Args:
            file: with the services.
            policies: the stack that they seem to speak of is taken, where none is given.
            stack: the name before those of the services.
        """
        self.file = file
        clauses = [clause.name for policy in policies for clause in policy.clauses]
        self._stack = stack or _likely_stack([service.name for service in file.services], clauses)

    def findings(self, defaults: LabelDefaults) -> Iterator[Finding]:
        """What is found in its services."""
        wrong_lines = {problem.line for problem in self.file.problems}
        for service in self.file.services:
            for finding in lint_service(self._as_service(service), defaults):
                placed = self._placed(finding, service)
                # What the file itself makes illegible has been told, and better.
                if placed.file != self.file.path or placed.line not in wrong_lines:
                    yield placed

    def has_one_for(self, clause: Clause) -> bool:
        """Whether the clause covers one of its services."""
        return any(clause.covers(self._name_of(service)) for service in self.file.services)

    def _name_of(self, service: ComposeService) -> str:
        return service.name if self._stack is None else f"{self._stack}_{service.name}"

    def _as_service(self, service: ComposeService) -> Service:
        return replace(service.as_service(), name=self._name_of(service), container_labels=service.container_labels)

    def _placed(self, finding: Finding, service: ComposeService) -> Finding:
        """The finding with its line here, unless it stands in a policy file."""
        if finding.file is not None:
            return finding
        return replace(finding, file=self.file.path, line=_line(finding, service))


def _line(finding: Finding, service: ComposeService) -> int:
    if finding.label is None:
        return service.line
    if not finding.is_on_container:
        return service.line_of(finding.label)
    of_containers = service.label_lines[len(service.labels) :]
    return next(
        line for (label, _), line in zip(service.container_labels, of_containers, strict=True) if label == finding.label
    )


def _likely_stack(services: Sequence[str], clauses: Sequence[str]) -> str | None:
    """The one stack whose services have clauses with their very names; else the only one that clauses speak of."""
    named = {
        clause.removesuffix(f"_{service}")
        for clause in clauses
        for service in services
        if clause.endswith(f"_{service}") and not is_pattern(clause)
    }
    spoken_of = {clause.partition("_")[0] for clause in clauses if "_" in clause}
    for stacks in (named, {stack for stack in spoken_of if not is_pattern(stack)}):
        if len(stacks) == 1:
            return stacks.pop()
    return None


# --- which kind of file --------------------------------------------------------------------------------------------

_OF_POLICY = frozenset({"defaults", "metrics", "pools"})
_OF_COMPOSE = frozenset({"configs", "include", "name", "networks", "secrets", "version", "volumes"})
_OF_COMPOSE_SERVICE = frozenset(
    {"build", "command", "deploy", "environment", "extends", "image", "labels", "networks", "ports", "volumes"}
)


def _read(file: FileToLint, variables: Mapping[str, str]) -> ComposeFile | PolicyFile | Problems:
    """The file as what it is; what cannot be read at all is told as the reader of policy files tells it."""
    if len(file.content) > policy_file.LONGEST_FILE:
        return policy_file.read(file.content, file.name)
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return policy_file.read(file.content, file.name)
    if _is_compose(text, file.name):
        return read_compose(text, path=file.name, variables=variables)
    return policy_file.read(text, file.name)


def _is_compose(text: str, name: str) -> bool:
    sheet = YamlSheet(text, file=name)
    top = sheet.entries(sheet.root(), example="{}")
    services = top.get("services")
    if not _OF_POLICY.isdisjoint(top) or services is None or services.is_list:
        return not _OF_COMPOSE.isdisjoint(top) and _OF_POLICY.isdisjoint(top)
    keys = {key for part in sheet.entries(services, example="{}").values() for key in sheet.entries(part, example="{}")}
    return not _OF_COMPOSE.isdisjoint(top) or not _OF_COMPOSE_SERVICE.isdisjoint(keys)
