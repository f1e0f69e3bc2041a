"""Counts written into a Compose file whose every other character stays as it is.

The text is edited where the YAML parser says that something stands. What cannot be changed in this way without changing
something else is told with its line, and then nothing is changed at all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import yaml

from skep.config.yaml_sheet import YamlProblem, YamlSheet

__all__ = ["CountChange", "CountedFile", "write_counts"]

_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_INDENT = 2
#: With these begin values that are more than a number: anchors, aliases, tags, and texts of several lines.
_MORE_THAN_A_NUMBER = ("&", "*", "!", "|", ">")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountChange:
    """A count that was written.

    Attributes:
        service: as the file names it.
        line: where it stands now, counted from 1.
        before: what stood there; ``None`` where there was no count.
    """

    service: str
    line: int
    before: str | None
    replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedFile:
    """A file with counts.

    Attributes:
        text: as it was, but for the counts; exactly as it was where there are problems.
        changes: every count that was given, also those that stood there already, in the order of the file.
        problems: why nothing was changed.
    """

    text: str
    changes: tuple[CountChange, ...] = ()
    problems: tuple[YamlProblem, ...] = ()


def write_counts(text: str, *, path: str, counts: Mapping[str, int]) -> CountedFile:
    """Write the counts of services into the text of a Compose file.

    Doing it twice is the same as doing it once.

    Args:
        text: the whole file.
        path: its name, for people.
        counts: by the names that services have in the file; those that it does not have are passed over.
    """
    return _Editor(text, path=path, counts=counts).edit()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """Characters to put in the place of others, and the change that this makes."""

    start: int
    end: int
    text: str
    change: CountChange


class _Refused(Exception):
    """What stands there cannot be edited without changing something else."""

    def __init__(self, key: yaml.Node, place: str, expected: str, example: str = "replicas: 2") -> None:
        super().__init__(key, place, expected, example)
        self.key = key
        self.place = place
        self.expected = expected
        self.example = example


class _Editor:
    """Finds out what to write where, and what cannot be."""

    def __init__(self, text: str, *, path: str, counts: Mapping[str, int]) -> None:
        self._text = text
        self._path = path
        self._counts = counts
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        self._uses: Counter[int] = Counter()

    def edit(self) -> CountedFile:
        sheet = YamlSheet(self._text, file=self._path)
        root = sheet.root()
        if sheet.problems or root is None:
            return CountedFile(text=self._text, problems=sheet.problems)
        self._uses = _uses(root.node)
        edits: list[_Edit] = []
        problems: list[YamlProblem] = []
        for key, service in self._services(root.node):
            try:
                edits.append(self._edit_of(key, service))
            except _Refused as refused:
                problems.append(self._problem(refused))
        if problems:
            return CountedFile(text=self._text, problems=tuple(problems))
        return _edited(self._text, edits)

    def _services(self, root: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Name and value of each service of the file that has a count."""
        services = _find(root, "services")
        for key, node in _pairs(services[1]) if services is not None else ():
            if isinstance(key, yaml.ScalarNode) and key.value in self._counts:
                yield key, node

    # --- where a count goes ----------------------------------------------------------------------------------------

    def _edit_of(self, name: yaml.Node, service: yaml.Node) -> _Edit:
        place = f"services.{name.value}"
        self._check_own(name, service, place)
        deploy = _find(service, "deploy")
        if deploy is None:
            if _is_merged_in(service, "deploy"):
                raise _Refused(
                    name, place, "a deploy of its own, since that of an alias belongs to others too", "deploy:"
                )
            return self._add_before_first(name, name, service, place, ("deploy:", "  replicas: {}"))
        key, node = deploy
        place = f"{place}.deploy"
        _check_is_replicated(node, place)
        if _is_left_empty(node):
            return self._add_below(name, key)
        self._check_own(key, node, place)
        count = _find(node, "replicas")
        if count is None:
            return self._add_before_first(name, key, node, place, ("replicas: {}",))
        return self._replace(name, *count, f"{place}.replicas")

    def _replace(self, name: yaml.Node, key: yaml.Node, node: yaml.Node, place: str) -> _Edit:
        """Put the count in the place of the one that stands there."""
        replicas = self._counts[name.value]
        start, end = node.start_mark.index, node.end_mark.index
        before = self._text[start:end]
        is_number = isinstance(node, yaml.ScalarNode) and not before.startswith(_MORE_THAN_A_NUMBER)
        follows_colon = self._text[key.end_mark.index :].startswith(":")
        if not is_number or not follows_colon or self._is_shared(node):
            raise _Refused(key, place, "a number of its own, to which no alias refers")
        change = CountChange(service=name.value, line=_line(key), before=before or None, replicas=replicas)
        if not before:
            start = end = key.end_mark.index + 1
        return _Edit(start=start, end=end, text=f"{'' if before else ' '}{replicas}", change=change)

    def _add_before_first(
        self, name: yaml.Node, key: yaml.Node, mapping: yaml.Node, place: str, lines: tuple[str, ...]
    ) -> _Edit:
        """Put lines before the first one of a mapping, which has to have lines of its own."""
        pairs = _pairs(mapping)
        if not pairs or _is_flow(mapping) or not self._begins_its_line(pairs[0][0]):
            expected = "lines of its own, one for each key, since a count has to be added"
            raise _Refused(key, place, expected, "deploy: and replicas: 2 below it")
        first = pairs[0][0]
        replicas = self._counts[name.value]
        indent = " " * first.start_mark.column
        text = "".join(f"{indent}{line.format(replicas)}{self._line_end}" for line in lines)
        change = CountChange(service=name.value, line=_line(first) + len(lines) - 1, before=None, replicas=replicas)
        at = first.start_mark.index - first.start_mark.column
        return _Edit(start=at, end=at, text=text, change=change)

    def _add_below(self, name: yaml.Node, key: yaml.Node) -> _Edit:
        """Put the count into a line below a key that has nothing so far."""
        replicas = self._counts[name.value]
        line = f"{' ' * (key.start_mark.column + _INDENT)}replicas: {replicas}"
        line_end = self._text.find("\n", key.end_mark.index)
        at = len(self._text) if line_end < 0 else line_end + 1
        text = f"{self._line_end}{line}" if line_end < 0 else f"{line}{self._line_end}"
        change = CountChange(service=name.value, line=_line(key) + 1, before=None, replicas=replicas)
        return _Edit(start=at, end=at, text=text, change=change)

    def _begins_its_line(self, node: yaml.Node) -> bool:
        at = node.start_mark.index
        return not self._text[at - node.start_mark.column : at].strip(" ")

    # --- what cannot be edited -------------------------------------------------------------------------------------

    def _check_own(self, key: yaml.Node, node: yaml.Node, place: str) -> None:
        """Refuse what is no mapping, or belongs to others too."""
        if not isinstance(node, yaml.MappingNode):
            raise _Refused(key, place, "a mapping", "deploy: and replicas: 2 below it")
        if self._is_shared(node):
            raise _Refused(key, place, "lines of its own, to which no alias refers", "deploy: and replicas: 2 below it")

    def _is_shared(self, node: yaml.Node) -> bool:
        return self._uses[id(node)] > 1

    def _problem(self, refused: _Refused) -> YamlProblem:
        line = _line(refused.key)
        return YamlProblem(
            file=self._path,
            line=line,
            place=refused.place,
            given=self._text.split("\n")[line - 1].strip(),
            expected=refused.expected,
            example=refused.example,
        )


def _edited(text: str, edits: list[_Edit]) -> CountedFile:
    """The text with all edits; lines that are added move those of later changes down."""
    pieces: list[str] = []
    changes: list[CountChange] = []
    position = added = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [text[position : edit.start], edit.text]
        position = edit.end
        changes.append(replace(edit.change, line=edit.change.line + added))
        added += edit.text.count("\n")
    return CountedFile(text="".join((*pieces, text[position:])), changes=tuple(changes))


# --- YAML nodes ----------------------------------------------------------------------------------------------------


def _pairs(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _find(mapping: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """A key that the mapping itself has, and its value."""
    return next(
        (pair for pair in _pairs(mapping) if isinstance(pair[0], yaml.ScalarNode) and pair[0].value == name), None
    )


def _is_merged_in(mapping: yaml.Node, name: str) -> bool:
    """Whether ``<<`` brings a key into a mapping, directly or by what it brings in itself."""
    waiting, seen = [mapping], {id(mapping)}
    while waiting:
        for key, node in _pairs(waiting.pop()):
            if key.tag != _MERGE:
                continue
            for source in node.value if isinstance(node, yaml.SequenceNode) else (node,):
                if _find(source, name) is not None:
                    return True
                if id(source) not in seen:
                    seen.add(id(source))
                    waiting.append(source)
    return False


def _check_is_replicated(deploy: yaml.Node, place: str) -> None:
    mode = _find(deploy, "mode")
    if mode is not None and isinstance(mode[1], yaml.ScalarNode) and mode[1].value not in {"replicated", ""}:
        expected = "replicated, since no other mode has a count"
        raise _Refused(mode[0], f"{place}.mode", expected, "mode: replicated")


def _uses(root: yaml.Node) -> Counter[int]:
    """From how many places each part is reached: an alias leads to the part that its anchor names."""
    uses: Counter[int] = Counter()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        uses[id(node)] += 1
        if uses[id(node)] == 1:
            waiting += node.value if isinstance(node, yaml.SequenceNode) else []
            waiting += [part for pair in _pairs(node) for part in pair]
    return uses


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and bool(node.flow_style)


def _is_left_empty(node: yaml.Node) -> bool:
    return bool(node.tag == _NULL and node.start_mark.index == node.end_mark.index)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
