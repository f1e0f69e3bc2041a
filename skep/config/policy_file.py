"""The policy file: what labels say, for services by name or pattern, and the pools of nodes.

There is one grammar: whatever the file says of a service becomes the text of a label, with the place where it stands,
and is read by the readers of labels. Labels of the service itself count more, key by key.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from skep.config.catalogue import closest, label_called
from skep.config.clauses import Clause, PolicyFile, Said
from skep.config.origin import Origin
from skep.config.own_metrics import read_own_statement
from skep.config.policy_clause import NAME, ClauseReader, FileText, as_problem
from skep.config.pool_reading import read_pools
from skep.config.problem import Problem, Problems
from skep.config.units import UnitError
from skep.config.yaml_sheet import Part
from skep.core.policy import Source

__all__ = ["LONGEST_FILE", "PolicyFile", "read"]

#: In bytes; so much is read within some seconds.
LONGEST_FILE = 1 << 20
#: A few aliases can make a short file say very much.
_MOST_SAID = 50_000

_SECTIONS = ("defaults", "metrics", "services", "pools")
_EXTENSION = "x-"
_EXAMPLE = "services: {shop_web: {enable: true, max: 20, requests: 50/s}}"


def read(text: str | bytes, name: str) -> PolicyFile | Problems:
    """Read a policy file.

    Args:
        text: the whole file; bytes are those of UTF-8.
        name: of the file, for people.

    Returns:
        What it says, with all that is wrong with parts of it; or the one reason why it cannot be read at all.
    """
    decoded = _decoded(text, name)
    if isinstance(decoded, Problem):
        return Problems(problems=(decoded,))
    file = FileText(name=name, text=decoded)
    sheet = file.sheet()
    top = sheet.entries(sheet.root(), example=_EXAMPLE)
    if sheet.problems:
        return Problems(problems=tuple(as_problem(problem) for problem in sheet.problems))
    return _Reader(file, top).read()


def _decoded(text: str | bytes, name: str) -> str | Problem:
    if len(text) > LONGEST_FILE:
        return _whole(
            name, f"{len(text)} bytes", f"at most {LONGEST_FILE} bytes", "patterns as shop_* in place of names"
        )
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _whole(name, repr(text[error.start : error.end]), "text in UTF-8", _EXAMPLE)


def _whole(name: str, given: str, expected: str, example: str) -> Problem:
    origin = Origin(file=name, line=1, column=1, place="the file")
    return Problem(service=None, label="the file", given=given, expected=expected, example=example, origin=origin)


class _Reader:
    """Reads one file that is a mapping, section by section."""

    def __init__(self, file: FileText, top: Mapping[str, Part]) -> None:
        self._file = file
        self._top = top
        self._sheet = file.sheet()

    def read(self) -> PolicyFile | Problems:
        library = self._library()
        reader = ClauseReader(self._file, library)
        defaults = self._defaults(reader)
        clauses: list[Clause] = []
        said = 0
        for clause in self._clauses(reader):
            clauses.append(clause)
            said += len(clause.said) + len(clause.problems)
            if said > _MOST_SAID:
                problem = _whole(self._file.name, f"{said} keys", f"at most {_MOST_SAID}", _EXAMPLE)
                return Problems(problems=(problem,))
        pools, wrong_pools = read_pools(self._top.get("pools"), self._file)
        own = tuple(as_problem(problem) for problem in self._sheet.problems)
        return PolicyFile(
            name=self._file.name,
            text=self._file.text,
            defaults=defaults,
            clauses=tuple(clauses),
            pools=pools,
            problems=_in_order([*own, *_all_problems([*library.values(), defaults, *clauses]), *wrong_pools]),
        )

    def _library(self) -> dict[str, Clause]:
        reader = ClauseReader(self._file, {})
        metrics = self._sheet.entries(self._top.get("metrics"), example="{jobs: {query: …, target: 30, kind: total}}")
        return {name: reader.read_metric(part, name=name) for name, part in metrics.items()}

    def _defaults(self, reader: ClauseReader) -> Clause:
        """The defaults. A section that is unknown may have been meant as such, so it is a problem of theirs."""
        part = self._top.get("defaults")
        if part is None:
            defaults = Clause(name="*", origin=Origin(file=self._file.name, line=1, column=1, place="defaults"))
        else:
            defaults = reader.read(part, name="*")
        return replace(defaults, problems=(*defaults.problems, *self._unknown_sections()))

    def _unknown_sections(self) -> Iterator[Problem]:
        sheet = self._file.sheet()
        for key, part in self._top.items():
            if key not in _SECTIONS and not key.startswith(_EXTENSION):
                likely = closest(key, _SECTIONS)
                expected = f"one of {', '.join(_SECTIONS)}" + (f", perhaps {likely}" if likely else "")
                sheet.object_to(part, expected=expected, example=likely or "services")
        yield from (as_problem(problem) for problem in sheet.problems)

    def _clauses(self, reader: ClauseReader) -> Iterator[Clause]:
        for name, part in self._named_parts():
            if _NAME_OR_PATTERN.fullmatch(name):
                yield reader.read(part, name=name)
            else:
                expected = "the name of a service, or a pattern of letters, digits, - _ . with * and ?"
                self._sheet.object_to(part, expected=expected, example="shop_*", given=name)

    def _named_parts(self) -> Iterator[tuple[str, Part]]:
        """Each clause with its name, of a mapping or of a list whose items have a name."""
        services = self._top.get("services")
        if services is None or not services.is_list:
            yield from self._sheet.entries(services, example="{shop_web: {enable: true}}").items()
            return
        for item in self._sheet.items(services):
            entries = self._sheet.entries(item, example="- {name: shop_web, enable: true}")
            name = entries[NAME].text if NAME in entries else None
            if name:
                yield name, replace(item, place=f"services.{name}")
            else:
                expected = "the name of a service, or a pattern"
                self._sheet.object_to_missing(
                    "services.name", line=item.line, expected=expected, example="name: shop_web"
                )


_NAME_OR_PATTERN = re.compile(r"[A-Za-z0-9*?_.-]{1,200}")


# --- all that is wrong ----------------------------------------------------------------------------------------------


def _all_problems(clauses: Iterable[Clause]) -> Iterator[Problem]:
    """What is wrong with clauses, the values of their labels included."""
    for clause in clauses:
        yield from clause.problems
        sources = {said.label: said.text for said in clause.said if said.label.endswith(_OF_SOURCE)}
        for said in clause.said:
            problem = _problem_of(said, sources)
            if problem is not None:
                yield problem


_OF_QUERY, _OF_SOURCE = ".query", ".source"


def _problem_of(said: Said, sources: Mapping[str, str]) -> Problem | None:
    try:
        _read_value(said, sources)
    except UnitError as error:
        return Problem(
            service=None,
            label=said.label,
            given=said.text,
            expected=error.expected,
            example=error.example,
            origin=said.origin,
        )
    return None


def _read_value(said: Said, sources: Mapping[str, str]) -> None:
    """Read a value as the service's reader will, as far as that can be known without the service.

    Raises:
        UnitError: it is wrong for any service.
    """
    label = label_called(said.label)
    if label is None:
        raise AssertionError(f"{said.label} is no label")
    if not (label.is_of_metric and said.label.endswith(_OF_QUERY)):
        label.read(said.text)
        return
    source = sources.get(f"{said.label.removesuffix(_OF_QUERY)}{_OF_SOURCE}")
    _read_query(said.text, [store for store in Source if source is None or store == source.strip().lower()])


def _read_query(text: str, stores: Sequence[Source]) -> None:
    """Read a query for one of the stores that may be asked: another clause can say which it is."""
    refusals: list[UnitError] = []
    for store in stores:
        try:
            read_own_statement(text, source=store)
        except UnitError as error:
            refusals.append(error)
        else:
            return
    if refusals:
        raise refusals[0]


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, in the order of the file."""
    return tuple(sorted(dict.fromkeys(problems), key=_position))


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.origin.line, problem.origin.column) if problem.origin else (0, 0)
