"""A Compose file to what skep wants to know of its services, as ``docker stack deploy`` would read it.

Only labels, resources and counts are looked at. What is wrong with them is told with file and line, all at once, and
the services that can be read are there in any case.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

from skep.config.interpolation import interpolate
from skep.config.units import UnitError, read_bytes, read_count, read_number
from skep.config.yaml_sheet import Part, YamlProblem, YamlSheet
from skep.core.cluster import Resources, Service, ServiceMode

__all__ = ["ComposeFile", "ComposeService", "read_compose"]

T = TypeVar("T")

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
_EXAMPLE = "services: {web: {image: shop/web}}"
_LABELS_EXAMPLE = 'skep.max: "20"'
_UNDECLARED = Resources()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeService:
    """One service of a Compose file.

    Attributes:
        name: as the file has it; Swarm puts the name of the stack before it.
        labels: those of the service (``deploy.labels``), in the order of the file.
        container_labels: those of its containers (``labels``).
        replicas: ``None`` where the mode has no count to change.
        line: where its name stands, counted from 1.
        label_lines: where each of ``labels`` and ``container_labels`` stands, in that order.
    """

    name: str
    labels: tuple[tuple[str, str], ...] = ()
    container_labels: tuple[tuple[str, str], ...] = ()
    limits: Resources = _UNDECLARED
    reservations: Resources = _UNDECLARED
    replicas: int | None = 1
    mode: ServiceMode = ServiceMode.REPLICATED
    line: int = 1
    label_lines: tuple[int, ...] = ()

    def line_of(self, label: str) -> int:
        """Where a label stands, the service's own before its containers'; the service's line for none of them."""
        labels = (*self.labels, *self.container_labels)
        places = {name: line for (name, _), line in reversed(tuple(zip(labels, self.label_lines, strict=True)))}
        return places.get(label, self.line)

    def as_service(self) -> Service:
        """The service as a Swarm would have it, without swarm tasks: enough to read its labels."""
        return Service(
            id=self.name,
            name=self.name,
            mode=self.mode,
            replicas=self.replicas,
            version_index=0,
            labels=self.labels,
            limits=self.limits,
            reservations=self.reservations,
            updated_at=_NEVER,
        )


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeFile:
    """What was read of a Compose file, and all that is wrong with it.

    Attributes:
        services: those that could be read, in the order of the file; a part that is wrong is as if it were missing.
        problems: in the order of the file.
        name: of the stack, where the file says it.
    """

    path: str
    services: tuple[ComposeService, ...]
    problems: tuple[YamlProblem, ...]
    name: str | None = None


def read_compose(text: str, *, path: str, variables: Mapping[str, str] = _NO_VARIABLES) -> ComposeFile:
    """Read a Compose file: anchors and merge keys resolved, variables replaced, ``x-`` extensions passed over.

    Args:
        text: the whole file.
        path: its name, for people.
        variables: the environment from which ``${NAME}`` is taken.
    """
    return _Reader(text, path=path, variables=variables).read()


class _Reader:
    """Reads one file; what is wrong is noted on its sheet."""

    def __init__(self, text: str, *, path: str, variables: Mapping[str, str]) -> None:
        self._sheet = YamlSheet(text, file=path)
        self._path = path
        self._variables = variables

    def read(self) -> ComposeFile:
        root = self._sheet.root()
        services = tuple(self._services(root))
        return ComposeFile(path=self._path, services=services, problems=self._sheet.problems, name=self._name(root))

    def _name(self, root: Part | None) -> str | None:
        part = self._sheet.entries(root, example=_EXAMPLE).get("name")
        return None if part is None else self._text(part) or None

    def _services(self, root: Part | None) -> Iterator[ComposeService]:
        services = self._sheet.entries(root, example=_EXAMPLE).get("services")
        if services is None and not self._sheet.problems:
            expected = "a Compose file with its services"
            self._sheet.object_to_missing("services", line=1, expected=expected, example=_EXAMPLE)
        for name, part in self._sheet.entries(services, example=_EXAMPLE).items():
            service = self._sheet.entries(part, example="web: {image: shop/web}")
            if part.is_mapping or part.is_nothing:
                yield self._service(name, service, line=part.line)

    def _service(self, name: str, service: Mapping[str, Part], *, line: int) -> ComposeService:
        deploy = self._sheet.entries(service.get("deploy"), example="deploy: {replicas: 2}")
        resources = self._sheet.entries(deploy.get("resources"), example='resources: {limits: {cpus: "0.5"}}')
        labels = tuple(self._labels(deploy.get("labels")))
        container_labels = tuple(self._labels(service.get("labels")))
        mode = self._value(deploy.get("mode"), _read_mode) or ServiceMode.REPLICATED
        return ComposeService(
            name=name,
            labels=tuple((label, value) for label, value, _ in labels),
            container_labels=tuple((label, value) for label, value, _ in container_labels),
            limits=self._resources(resources.get("limits")),
            reservations=self._resources(resources.get("reservations")),
            replicas=self._replicas(deploy.get("replicas"), mode),
            mode=mode,
            line=line,
            label_lines=tuple(place for _, _, place in (*labels, *container_labels)),
        )

    def _labels(self, part: Part | None) -> Iterator[tuple[str, str, int]]:
        """Name, value and line of each label, of a list of ``name=value`` or of a mapping."""
        if part is not None and part.is_list:
            for item in self._sheet.items(part):
                label, _, value = self._label_text(item).partition("=")
                yield label, value, item.line
            return
        for label, entry in self._sheet.entries(part, example=_LABELS_EXAMPLE).items():
            yield label, self._label_text(entry), entry.line

    def _label_text(self, part: Part) -> str:
        """The text of a label; one that Docker would refuse is noted."""
        if part.is_flag:
            expected = f'quotes around it, since docker stack deploy refuses a bare "{part.text}" here'
            self._sheet.object_to(part, expected=expected, example=f'"{part.text}"')
        return self._text(part)

    def _text(self, part: Part) -> str:
        """A text with its variables replaced; what is none is noted, and so are variables that are not set."""
        if part.text is None:
            self._sheet.object_to(part, expected="a text", example='"20"')
            return ""
        try:
            found = interpolate(part.text, self._variables)
        except UnitError as error:
            self._sheet.object_to(part, expected=error.expected, example=error.example)
            return part.text
        for name in found.unset:
            expected = f"the variable {name} to be set, or $${name} where a dollar is meant"
            self._sheet.object_to(part, expected=expected, example=f"${{{name}:-a default}}")
        return found.text

    def _resources(self, part: Part | None) -> Resources:
        amounts = self._sheet.entries(part, example='limits: {cpus: "0.5", memory: 512M}')
        return Resources(
            cpu_cores=self._value(amounts.get("cpus"), read_number) or None,
            memory_bytes=self._value(amounts.get("memory"), _read_memory) or None,
        )

    def _replicas(self, part: Part | None, mode: ServiceMode) -> int | None:
        replicas = self._value(part, read_count)
        if mode is not ServiceMode.REPLICATED:
            return None
        return 1 if replicas is None else replicas

    def _value(self, part: Part | None, read: Callable[[str], T]) -> T | None:
        """What a text says; ``None`` where it is missing or wrong, which is then noted."""
        if part is None or part.is_nothing:
            return None
        wrong_before = len(self._sheet.problems)
        text = self._text(part)
        try:
            return read(text) if len(self._sheet.problems) == wrong_before else None
        except UnitError as error:
            self._sheet.object_to(part, expected=error.expected, example=error.example, given=text)
            return None


def _read_mode(text: str) -> ServiceMode:
    try:
        return ServiceMode(text)
    except ValueError:
        modes = ", ".join(ServiceMode)
        raise UnitError(text, f"one of {modes}", "replicated") from None


def _read_memory(text: str) -> int:
    """Bytes; a bare number is bytes, as for the engine."""
    return read_bytes(f"{text}b" if _BARE.fullmatch(text) else text)


_BARE = re.compile(r"[0-9]{1,15}")
