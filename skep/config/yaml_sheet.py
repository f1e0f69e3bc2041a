"""A YAML text and what was wrong with it: its parts know their lines, so that a mistake is shown where it stands.

Nothing in the text is ever constructed but mappings, lists and texts, and an alias is followed only where somebody
asks for what it stands for: a hostile file costs what is read of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import yaml

from skep.config.units import complaint, shortened

__all__ = ["Part", "YamlProblem", "YamlSheet"]

_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"
_BOOL = "tag:yaml.org,2002:bool"
_NOTHING: Mapping[str, "Part"] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlProblem:
    """One part of a file that is wrong, and how it would be right.

    Attributes:
        line: counted from 1.
        column: counted from 1.
        place: the keys that lead to it, as ``services.web.deploy``.
        given: what stands there; ``None`` where something is missing.
        expected: completes "expected …".
        example: completes "for example …".
    """

    file: str
    line: int
    column: int = 1
    place: str
    given: str | None
    expected: str
    example: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence, with at most 60 characters of any name or value."""
        place = f"{shortened(self.file)}:{self.line}: {shortened(self.place)}"
        return complaint(place, self.given, self.expected, self.example)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A mapping, a list or a text within a file.

    Attributes:
        place: the keys that lead to it.
        line: where its key stands, counted from 1; its own beginning in a list.
        column: the same.
    """

    place: str
    line: int
    column: int = 1
    node: yaml.Node

    @property
    def is_nothing(self) -> bool:
        """Whether it is ``null`` or was left empty."""
        return bool(self.node.tag == _NULL)

    @property
    def is_flag(self) -> bool:
        """Whether it is ``true`` or ``false`` without quotes: ``yes`` and ``on`` are texts to the Docker client."""
        return bool(self.node.tag == _BOOL) and str(self.node.value).lower() in {"true", "false"}

    @property
    def text(self) -> str | None:
        """A text or number as it was written; empty for nothing; ``None`` for a mapping or a list."""
        if not isinstance(self.node, yaml.ScalarNode):
            return None
        return "" if self.is_nothing else str(self.node.value)

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it has items."""
        return isinstance(self.node, yaml.SequenceNode)


class YamlSheet:
    """A YAML text while it is read, and the problems that were found in it."""

    def __init__(self, text: str, *, file: str) -> None:
        self._text = text
        self._file = file
        self._problems: list[YamlProblem] = []
        self._merged: dict[int, Mapping[str, tuple[yaml.Node, yaml.Node]]] = {}
        self._being_merged: set[int] = set()

    @property
    def problems(self) -> tuple[YamlProblem, ...]:
        """All that was wrong so far, each once, in the order of the file."""
        return tuple(sorted(dict.fromkeys(self._problems), key=lambda problem: (problem.line, problem.column)))

    def root(self) -> Part | None:
        """The whole document; ``None`` where the text is no YAML, which is then noted."""
        try:
            node = yaml.compose(self._text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            self._object_to_text(error)
            return None
        except RecursionError:
            self._note(line=1, place="the file", given=None, expected="fewer brackets within brackets", example="{}")
            return None
        return None if node is None else Part(place="the file", line=1, node=node)

    def entries(self, part: Part | None, *, example: str) -> Mapping[str, Part]:
        """The keys of a mapping with their parts, merge keys (``<<``) resolved; none for nothing.

        Args:
            part: asked for; ``None`` where its key is missing.
            example: of such a mapping, for the problem that is noted where it is something else.
        """
        if part is None or part.is_nothing:
            return _NOTHING
        if not part.is_mapping:
            self.object_to(part, expected="a mapping", example=example)
            return _NOTHING
        prefix = "" if part.place == "the file" else f"{part.place}."
        entries = self._entries(part.node, part.place).items()
        return {
            key: Part(place=f"{prefix}{key}", line=_line(name), column=_column(name), node=node)
            for key, (name, node) in entries
        }

    def items(self, part: Part) -> Iterator[Part]:
        """The items of a list, in order; none of anything else."""
        nodes = part.node.value if part.is_list else ()
        for node in nodes:
            yield Part(place=part.place, line=_line(node), column=_column(node), node=node)

    def object_to(self, part: Part, *, expected: str, example: str, given: str | None = None) -> None:
        """Note that a part is not as it should be.

        Args:
            part: what is wrong.
            expected: completes "expected …".
            example: completes "for example …".
            given: the text to show, where it is not what stands in the file.
        """
        shown = self._source(part.node) if given is None else given
        self._note(
            line=part.line, column=part.column, place=part.place, given=shown, expected=expected, example=example
        )

    def object_to_missing(self, place: str, *, line: int, expected: str, example: str) -> None:
        """Note that something is missing, which would stand below ``line``."""
        self._note(line=line, place=place, given=None, expected=expected, example=example)

    def _entries(self, node: yaml.Node, place: str) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
        """Each key as a text, to itself and its value. Resolved once, however many aliases lead here."""
        known = self._merged.get(id(node))
        if known is not None:
            return known
        self._being_merged.add(id(node))
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                merged = {**self._to_merge(value, place), **merged}
            else:
                self._add(own, key, value, place)
        self._being_merged.discard(id(node))
        self._merged[id(node)] = {**merged, **own}
        return self._merged[id(node)]

    def _to_merge(self, node: yaml.Node, place: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """What ``<<`` brings in; of several mappings the first that has a key gives its value."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        brought: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for source in sources:
            if isinstance(source, yaml.MappingNode) and id(source) not in self._being_merged:
                brought = {**self._entries(source, place), **brought}
            else:
                part = Part(place=f"{place}.<<", line=_line(node), column=_column(node), node=node)
                self.object_to(part, expected="a mapping that does not contain itself", example="*defaults")
        return brought

    def _add(
        self, entries: dict[str, tuple[yaml.Node, yaml.Node]], key: yaml.Node, value: yaml.Node, place: str
    ) -> None:
        part = Part(place=place, line=_line(key), column=_column(key), node=key)
        if not isinstance(key, yaml.ScalarNode):
            self.object_to(part, expected="a text as a key", example="web")
        elif key.value in entries:
            self.object_to(part, expected="each key only once", example="one of the two without the other")
        else:
            entries[key.value] = (key, value)

    def _object_to_text(self, error: yaml.YAMLError) -> None:
        """Note that the text is no YAML. The parser often sees it only at the end, below the last line."""
        mark = getattr(error, "problem_mark", None)
        position = mark.index if mark else getattr(error, "position", 0)
        is_at_the_end = not self._text[position:].strip()
        line = (self._text.rstrip() if is_at_the_end else self._text[:position]).count("\n") + 1
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        given = self._text.split("\n")[line - 1].strip()
        self._note(line=line, place="the line", given=given, expected=f"valid YAML ({why})", example="key: value")

    def _source(self, node: yaml.Node) -> str:
        """What stands in the file, its first line."""
        return self._text[node.start_mark.index : node.end_mark.index].partition("\n")[0].strip()

    def _note(self, *, line: int, column: int = 1, place: str, given: str | None, expected: str, example: str) -> None:
        self._problems.append(
            YamlProblem(
                file=self._file,
                line=line,
                column=column,
                place=place,
                given=given,
                expected=expected,
                example=example,
            )
        )


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _column(node: yaml.Node) -> int:
    return int(node.start_mark.column) + 1
