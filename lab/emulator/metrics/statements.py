"""The part of InfluxQL that skep asks in: flat selections, grouped by tags, and the newest value of a field.

Syntax: docs.influxdata.com, "InfluxQL reference".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Create", "NotUnderstood", "Select", "Tags", "read_statements"]

Tags = Mapping[str, str]

_NS_PER_UNIT: Mapping[str, int] = {
    "": 1,
    "ns": 1,
    "u": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86_400 * 10**9,
    "w": 7 * 86_400 * 10**9,
}
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:\\.|[^'\\])*')
      | (?P<name>"(?:\\.|[^"\\])*")
      | (?P<number>-?\d+(?:ns|u|ms|s|m|h|d|w)?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>=~|!~|!=|<=|>=|[=<>(),;*+-])
      | (?P<pattern>/(?:\\.|[^/\\])+/)
    )""",
    re.VERBOSE,
)
#: Go writes a character by its code point so; Python does not.
_CODE_POINT = re.compile(r"\\x\{([0-9a-fA-F]+)\}")


class NotUnderstood(ValueError):
    """A statement that this store does not know, although InfluxDB may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """`CREATE DATABASE`."""

    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """`SELECT` from one measurement.

    Attributes:
        takes: whether a field of that name is selected.
        fields: their names in order; none where they are selected by a pattern.
        is_last: whether only the newest value is wanted, of each group and span.
        since_ns, before_ns: the first instant that counts, and the first that does not any more.
        has: whether points of these tags count.
        groups: tags that make series of their own.
        span_ns: the length of the spans that are grouped by; ``None`` for no spans.
        newest_first: the order of what is answered.
        limit: at most so many rows in each series.
    """

    measurement: str
    takes: Callable[[str], bool]
    fields: tuple[str, ...]
    is_last: bool
    since_ns: int
    before_ns: int
    has: Callable[[Tags], bool]
    groups: tuple[str, ...]
    span_ns: int | None
    newest_first: bool
    limit: int | None


def read_statements(text: str, *, now_ns: int) -> Iterator[Create | Select]:
    """Each statement of a request.

    Raises:
        NotUnderstood: one is not like those that skep sends.
    """
    reader = _Reader(text, now_ns)
    while not reader.is_at_end():
        if reader.takes_sign(";"):
            continue
        yield reader.statement()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str


_END = _Token(kind="end", text="the end")
_FOREVER_NS = 1 << 63


class _Reader:
    def __init__(self, text: str, now_ns: int) -> None:
        self._text = text
        self._now_ns = now_ns
        self._tokens = tuple(_tokens(text))
        self._at = 0
        self._since_ns, self._before_ns = -_FOREVER_NS, _FOREVER_NS

    def is_at_end(self) -> bool:
        return self._next() is _END

    def takes_sign(self, sign: str) -> bool:
        return self._takes("sign", sign)

    def statement(self) -> Create | Select:
        if self._takes_word("CREATE"):
            self._expect_word("DATABASE")
            create = Create(database=self._name())
            while not self.is_at_end() and self._next().text != ";":
                self._at += 1
            return create
        self._expect_word("SELECT")
        return self._select()

    # --- a selection -----------------------------------------------------------------------------------------------

    def _select(self) -> Select:
        self._since_ns, self._before_ns = -_FOREVER_NS, _FOREVER_NS
        is_last = self._takes_word("last")
        if is_last:
            self._expect_sign("(")
        takes, fields = self._fields()
        if is_last:
            self._expect_sign(")")
        self._expect_word("FROM")
        measurement = self._name()
        has = self._conditions() if self._takes_word("WHERE") else _any_tags
        groups, span_ns = self._groups()
        newest_first = self._order()
        limit = int(self._expect("number")) if self._takes_word("LIMIT") else None
        return Select(
            measurement=measurement,
            takes=takes,
            fields=fields,
            is_last=is_last,
            since_ns=self._since_ns,
            before_ns=self._before_ns,
            has=has,
            groups=groups,
            span_ns=span_ns,
            newest_first=newest_first,
            limit=limit,
        )

    def _fields(self) -> tuple[Callable[[str], bool], tuple[str, ...]]:
        if self._next().kind == "pattern":
            pattern = _pattern(self._expect("pattern"))
            return lambda name: pattern.search(name) is not None, ()
        names = [self._name()]
        while self.takes_sign(","):
            names.append(self._name())
        return frozenset(names).__contains__, tuple(names)

    def _conditions(self) -> Callable[[Tags], bool]:
        """What is asked of tags, joined by AND; what is asked of the time is kept aside."""
        conditions = [self._condition()]
        while self._takes_word("AND"):
            conditions.append(self._condition())
        return lambda tags: all(condition(tags) for condition in conditions)

    def _condition(self) -> Callable[[Tags], bool]:
        if self.takes_sign("("):
            choices = [self._condition()]
            while self._takes_word("OR"):
                choices.append(self._condition())
            self._expect_sign(")")
            return lambda tags: any(choice(tags) for choice in choices)
        if self._takes_word("time"):
            self._bound_time()
            return _any_tags
        tag, sign = self._name(), self._expect("sign")
        if sign == "=":
            value = _unquoted(self._expect("text"))
            return lambda tags: tags.get(tag, "") == value
        if sign == "=~":
            pattern = _pattern(self._expect("pattern"))
            return lambda tags: pattern.search(tags.get(tag, "")) is not None
        raise self._unexpected(sign)

    def _bound_time(self) -> None:
        sign, instant_ns = self._expect("sign"), self._instant_ns()
        if sign in {">", ">="}:
            self._since_ns = max(self._since_ns, instant_ns + (sign == ">"))
        elif sign in {"<", "<="}:
            self._before_ns = min(self._before_ns, instant_ns + (sign == "<="))
        else:
            raise self._unexpected(sign)

    def _instant_ns(self) -> int:
        if not self._takes_word("now"):
            return _span_ns(self._expect("number"))
        self._expect_sign("(")
        self._expect_sign(")")
        if self._next().kind == "number":
            return self._now_ns + _span_ns(self._expect("number"))
        self._expect_sign("-")
        return self._now_ns - _span_ns(self._expect("number"))

    def _groups(self) -> tuple[tuple[str, ...], int | None]:
        if not self._takes_word("GROUP"):
            return (), None
        self._expect_word("BY")
        tags: list[str] = []
        span_ns: int | None = None
        while True:
            if self._takes_word("time"):
                self._expect_sign("(")
                span_ns = _span_ns(self._expect("number"))
                self._expect_sign(")")
            else:
                tags.append(self._name())
            if not self.takes_sign(","):
                break
        if self._takes_word("fill"):
            self._expect_sign("(")
            self._expect_word("none")
            self._expect_sign(")")
        return tuple(tags), span_ns

    def _order(self) -> bool:
        if not self._takes_word("ORDER"):
            return False
        for word in ("BY", "time", "DESC"):
            self._expect_word(word)
        return True

    # --- words -----------------------------------------------------------------------------------------------------

    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _takes(self, kind: str, text: str) -> bool:
        token = self._next()
        is_it = token.kind == kind and token.text.lower() == text.lower()
        self._at += is_it
        return is_it

    def _takes_word(self, word: str) -> bool:
        return self._takes("word", word)

    def _expect(self, kind: str) -> str:
        token = self._next()
        if token.kind != kind:
            raise self._unexpected(token.text)
        self._at += 1
        return token.text

    def _expect_sign(self, sign: str) -> None:
        if not self.takes_sign(sign):
            raise self._unexpected(self._next().text)

    def _expect_word(self, word: str) -> None:
        if not self._takes_word(word):
            raise self._unexpected(self._next().text)

    def _name(self) -> str:
        return _unquoted(self._expect("name")) if self._next().kind == "name" else self._expect("word")

    def _unexpected(self, found: str) -> NotUnderstood:
        return NotUnderstood(f"the store in memory does not understand {found!r} in {self._text!r}")


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise NotUnderstood(f"the store in memory does not understand {text[position:]!r} in {text!r}")
        position = match.end()
        yield _Token(kind=match.lastgroup, text=match[match.lastgroup])


def _any_tags(_tags: Tags) -> bool:
    return True


def _unquoted(quoted: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], quoted[1:-1], flags=re.DOTALL)


def _pattern(slashed: str) -> re.Pattern[str]:
    try:
        return re.compile(_CODE_POINT.sub(lambda match: re.escape(chr(int(match[1], 16))), slashed[1:-1]))
    except re.error as error:
        raise NotUnderstood(f"the store in memory does not understand the pattern {slashed}: {error}") from error


def _span_ns(text: str) -> int:
    digits = text.rstrip("nusmhdw")
    return int(digits) * _NS_PER_UNIT[text.removeprefix(digits)]
