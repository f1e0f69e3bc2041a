"""One clause of a policy file, to the labels that it stands for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skep.config.bounds import SCHEDULE_PREFIX, read_schedule_name
from skep.config.catalogue import CATALOGUE, PREFIX, Label, closest
from skep.config.clauses import Clause, Said
from skep.config.origin import Origin
from skep.config.own_metrics import METRIC_PREFIX, read_metric_name
from skep.config.policy_text import label_text
from skep.config.problem import Problem
from skep.config.units import UnitError
from skep.config.yaml_sheet import Part, YamlProblem, YamlSheet

__all__ = ["METRICS", "NAME", "SCHEDULES", "USE", "ClauseReader", "FileText", "as_problem", "origin_of"]

METRICS, SCHEDULES, USE = "metrics", "schedules", "use"
#: In a list of clauses the name stands beside the rest.
NAME = "name"

_PLAIN = {label.key: label for label in CATALOGUE if not label.is_of_metric and not label.is_of_schedule}
_FIELDS = {label.key: label for label in CATALOGUE if label.is_of_metric}
_SCHEDULE = next(label for label in CATALOGUE if label.is_of_schedule)
_KEYS = (*_PLAIN, METRICS, SCHEDULES, USE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """The text of a file and its name, for people."""

    name: str
    text: str

    def sheet(self) -> YamlSheet:
        """A sheet for the problems of one part alone."""
        return YamlSheet(self.text, file=self.name)


def origin_of(file: str, part: Part) -> Origin:
    """Where a part stands."""
    return Origin(file=file, line=part.line, column=part.column, place=part.place)


def as_problem(problem: YamlProblem, *, label: str | None = None) -> Problem:
    """A mistake in a file as one in a policy.

    Args:
        problem: what is wrong.
        label: what it was meant for, where that is known.
    """
    return Problem(
        service=None,
        label=label or problem.place,
        given=problem.given,
        expected=problem.expected,
        example=problem.example,
        origin=Origin(file=problem.file, line=problem.line, column=problem.column, place=problem.place),
    )


class ClauseReader:
    """Reads clauses, with the metrics that they may use."""

    def __init__(self, file: FileText, library: Mapping[str, Clause]) -> None:
        self._file = file
        self._library = library

    def read(self, part: Part, *, name: str) -> Clause:
        """What a clause says.

        Args:
            part: as the file has it.
            name: whom it is about.
        """
        draft = _Draft(self._file)
        entries = draft.entries(part, example="{enable: true, max: 20, requests: 50/s}")
        if USE in entries:
            draft.use(entries[USE], self._library)
        for key, entry in entries.items():
            if key in _PLAIN:
                draft.say(_PLAIN[key], _PLAIN[key].name, entry)
            elif key == METRICS:
                draft.say_metrics(entry)
            elif key == SCHEDULES:
                draft.say_schedules(entry)
            elif key not in {USE, NAME}:
                draft.object_to_key(entry, key, _KEYS)
        return draft.clause(part, name)

    def read_metric(self, part: Part, *, name: str) -> Clause:
        """What a metric of the library says, as a clause about nobody yet."""
        draft = _Draft(self._file)
        draft.say_metric(name, part)
        return draft.clause(part, name)


class _Draft:
    """A clause while it is read; of a label that is said twice the later text counts."""

    def __init__(self, file: FileText) -> None:
        self._file = file
        self._sheet = file.sheet()
        self._said: dict[str, Said] = {}
        self._problems: list[Problem] = []

    def clause(self, part: Part, name: str) -> Clause:
        """All that was said."""
        return Clause(
            name=name,
            said=tuple(self._said.values()),
            problems=(*self._problems, *(as_problem(problem) for problem in self._sheet.problems)),
            origin=origin_of(self._file.name, part),
        )

    def entries(self, part: Part, *, example: str) -> Mapping[str, Part]:
        """The keys of a mapping; what is wrong with it is noted."""
        return self._sheet.entries(part, example=example)

    def say(self, label: Label, name: str, part: Part) -> None:
        """Say one label.

        Args:
            label: which.
            name: its own, with the operator's name in it.
            part: its value.
        """
        sheet = self._file.sheet()
        text = label_text(label, part, sheet)
        if text is not None:
            self._said[name] = Said(label=name, text=text, origin=origin_of(self._file.name, part))
        self._problems.extend(as_problem(problem, label=name) for problem in sheet.problems)

    def use(self, part: Part, library: Mapping[str, Clause]) -> None:
        """Say what the library says of each metric that is named."""
        for item in tuple(self._sheet.items(part)) if part.is_list else (part,):
            metric = library.get(item.text or "")
            if metric is None:
                self._object_to_use(item, library)
            else:
                self._said.update({said.label: said for said in metric.said})
                self._problems.extend(metric.problems)

    def say_metrics(self, part: Part) -> None:
        """Say the operator's own metrics."""
        for name, metric in self.entries(part, example="{jobs: {query: …, target: 30, kind: total}}").items():
            self.say_metric(name, metric)

    def say_metric(self, name: str, part: Part) -> None:
        """Say one metric of the operator's own."""
        if not self._is_name(part, name, read_metric_name):
            return
        for key, entry in self.entries(part, example="{query: …, target: 30, kind: total}").items():
            if key in _FIELDS:
                self.say(_FIELDS[key], f"{METRIC_PREFIX}{name}.{key}", entry)
            else:
                self.object_to_key(entry, key, tuple(_FIELDS))

    def say_schedules(self, part: Part) -> None:
        """Say the bounds for certain times."""
        for name, schedule in self.entries(part, example=f"{{office: {_SCHEDULE.examples[0]}}}").items():
            if self._is_name(schedule, name, read_schedule_name):
                self.say(_SCHEDULE, f"{SCHEDULE_PREFIX}{name}", schedule)

    def object_to_key(self, part: Part, key: str, known: tuple[str, ...]) -> None:
        """Note a key that has no effect."""
        likely = closest(key.removeprefix(PREFIX), known)
        expected = f"a key that skep knows, perhaps {likely}" if likely else "a key that skep knows"
        self._sheet.object_to(part, expected=expected, example=likely or known[0])

    def _object_to_use(self, part: Part, library: Mapping[str, Clause]) -> None:
        likely = closest(part.text or "", library)
        expected = "the name of a metric below metrics: at the top of the file"
        self._sheet.object_to(
            part, expected=f"{expected}, perhaps {likely}" if likely else expected, example=likely or "[jobs]"
        )

    def _is_name(self, part: Part, name: str, read: Callable[[str], str]) -> bool:
        try:
            read(name)
        except UnitError as error:
            self._sheet.object_to(part, expected=error.expected, example=error.example, given=name)
            return False
        return True
