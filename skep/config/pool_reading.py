"""The pools of nodes in a policy file, to what an operator wants of them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

from skep.config.catalogue import closest
from skep.config.policy_clause import FileText, as_problem
from skep.config.pool_keys import POOL_KEYS, PROVIDERS, PoolKey
from skep.config.problem import Problem
from skep.config.schedule import read_schedule
from skep.config.tuning import read_price, read_tune
from skep.config.units import UnitError, read_count, read_duration, read_flag, read_percent
from skep.config.yaml_sheet import Part, YamlSheet
from skep.core.bounds import Bounds
from skep.core.pools import (
    DEFAULT_BUDGETS,
    DEFAULT_POOL_DOWN,
    DEFAULT_POOL_UP,
    Budget,
    Headroom,
    HealPolicy,
    PoolPolicy,
    RemovalCause,
    UseLimits,
)
from skep.core.schedule import Schedule

__all__ = ["read_pools"]

T = TypeVar("T")

_EXAMPLE = "{max: 10, provider: hcloud}"
_MOST_NODES = 1_000
_LONGEST_WAIT = timedelta(days=1)


def read_pools(part: Part | None, file: FileText) -> tuple[tuple[PoolPolicy, ...], tuple[Problem, ...]]:
    """The pools that are right, and what is wrong with the others.

    Args:
        part: the section ``pools``; ``None`` where there is none.
        file: where it stands.
    """
    section = file.sheet()
    pools: list[PoolPolicy] = []
    problems: list[Problem] = []
    for name, pool_part in section.entries(part, example=f"{{workers: {_EXAMPLE}}}").items():
        sheet = file.sheet()
        pool = _pool(name, pool_part, sheet)
        problems += [as_problem(problem) for problem in sheet.problems]
        if not sheet.problems:
            pools.append(pool)
    return tuple(pools), (*(as_problem(problem) for problem in section.problems), *problems)


def _pool(name: str, part: Part, sheet: YamlSheet) -> PoolPolicy:
    """One pool; whatever stands in it for what is wrong is never used, since no wrong pool is."""
    if not _NAME.fullmatch(name):
        expected = "a pool's name of at most 63 letters, digits, - _ and ."
        sheet.object_to(part, expected=expected, example="workers", given=name)
    keys = _Keys(sheet, part, POOL_KEYS, also=PROVIDERS)
    provider = keys.require("provider", _read_provider, "")
    down = keys.below("scale-down")
    silence = PoolPolicy(name=name, bounds=_bounds(keys), provider=provider)
    return PoolPolicy(
        name=name,
        bounds=silence.bounds,
        provider=provider,
        options=_options(keys, provider),
        headroom=_headroom(keys.below("headroom")),
        scale_up=_use_limits(keys.below("scale-up"), DEFAULT_POOL_UP),
        scale_down=_use_limits(down, DEFAULT_POOL_DOWN),
        delay_after_up=down.read("delay-after-up", _read_wait, silence.delay_after_up),
        delay_after_failure=down.read("delay-after-failure", _read_wait, silence.delay_after_failure),
        budgets=tuple(_budget(budget) for budget in keys.each_below("budgets")) or DEFAULT_BUDGETS,
        heal=_heal(keys.below("heal")),
        join_timeout=keys.below("join").read("timeout", _read_wait, silence.join_timeout),
        retry_after=keys.below("join").read("retry-after", _read_wait, silence.retry_after),
        drain_deadline=keys.below("drain").read("deadline", _read_wait, silence.drain_deadline),
        node_labels=tuple(_node_labels(keys)),
        tune=keys.read("tune", read_tune, silence.tune),
        price=keys.read("price", read_price, silence.price),
    )


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


class _Keys:
    """The keys of one mapping while they are read; what is wrong is noted on the sheet."""

    def __init__(
        self, sheet: YamlSheet, part: Part | None, known: tuple[PoolKey, ...], *, also: tuple[str, ...] = ()
    ) -> None:
        """Note the keys that nobody knows.

        Args:
            sheet: of this pool alone.
            part: the mapping; ``None`` where there is none, or ``off`` stands in its place.
            known: its keys.
            also: further keys that are no mistake.
        """
        self.sheet = sheet
        self._part = part
        self._known = {key.key: key for key in known}
        self._given = sheet.entries(part, example=_EXAMPLE)
        self.is_off = False
        for name, entry in self._given.items():
            if name not in self._known and name not in also:
                likely = closest(name, (*self._known, *also))
                expected = f"one of {', '.join(self._known)}" + (f", perhaps {likely}" if likely else "")
                sheet.object_to(entry, expected=expected, example=likely or next(iter(self._known)))

    def part(self, key: str) -> Part | None:
        """What stands below a key."""
        return self._given.get(key)

    def has(self, key: str) -> bool:
        """Whether a key is given."""
        return key in self._given

    def below(self, key: str) -> "_Keys":
        """The keys of the mapping below a key; none of them where there is no such mapping."""
        part, known = self._given.get(key), self._known[key]
        is_off = known.may_be_off and part is not None and (part.text or "").strip().lower() in _OFF
        keys = _Keys(self.sheet, None if is_off else part, known.keys)
        keys.is_off = is_off
        return keys

    def each_below(self, key: str) -> Iterator["_Keys"]:
        """The keys of each mapping in the list below a key, or of the one mapping in its place."""
        part = self._given.get(key)
        if part is None:
            return
        for item in tuple(self.sheet.items(part)) if part.is_list else (part,):
            yield _Keys(self.sheet, item, self._known[key].keys)

    def read(self, key: str, read: Callable[[str], T], default: T) -> T:
        """The value of a key; the default where it is missing or wrong, which is then noted."""
        part = self._given.get(key)
        if part is None:
            return default
        example = self._known[key].example
        if part.text is None:
            self.sheet.object_to(part, expected="a text", example=example)
            return default
        try:
            return read(part.text)
        except UnitError as error:
            self.sheet.object_to(part, expected=error.expected, example=example)
            return default

    def require(self, key: str, read: Callable[[str], T], default: T) -> T:
        """The value of a key; the default where it is missing or wrong, which is then noted."""
        if key not in self._given and self._part is not None:
            known = self._known[key]
            self.sheet.object_to_missing(
                f"{self._part.place}.{key}",
                line=self._part.line,
                expected=known.form.words.replace("`", ""),
                example=known.example,
            )
        return self.read(key, read, default)

    def object_to(self, key: str, *, expected: str, example: str) -> None:
        """Note that what stands below a key does not agree with another one."""
        part = self._given.get(key) or self._part
        if part is not None:
            self.sheet.object_to(part, expected=expected, example=example)


_OFF = frozenset({"off", "false", "no"})


# --- the parts of a pool -------------------------------------------------------------------------------------------


def _bounds(keys: _Keys) -> Bounds:
    fewest = keys.read("min", _read_nodes, 0)
    most = keys.require("max", _read_most_nodes, max(fewest, 1))
    if most < fewest:
        keys.object_to("max", expected=f"no less than min, which is {fewest}", example=f"{fewest}")
    return Bounds(min_replicas=fewest, max_replicas=max(fewest, most))


def _options(keys: _Keys, provider: str) -> Mapping[str, object]:
    """The provider's own settings; those of another provider are a mistake."""
    for other in PROVIDERS:
        if other != provider and provider and keys.part(other) is not None:
            keys.object_to(other, expected=f"settings of the provider, which is {provider}", example=f"{provider}: …")
    part = keys.part(provider)
    return MappingProxyType({} if part is None else _own_settings(part, keys.sheet, _DEEPEST))


#: How many mappings may lie within each other; aliases could make it endless.
_DEEPEST = 3
_MOST_SETTINGS = 100


def _own_settings(part: Part, sheet: YamlSheet, deepest: int) -> Mapping[str, object]:
    example = "{type: cx32, location: fsn1}"
    entries = sheet.entries(part, example=example)
    if deepest == 0 or len(entries) > _MOST_SETTINGS:
        expected = f"at most {_MOST_SETTINGS} settings, in mappings of at most {_DEEPEST} levels"
        sheet.object_to(part, expected=expected, example=example)
        return MappingProxyType({})
    wrong_before = len(sheet.problems)
    settings: dict[str, object] = {}
    for key, entry in entries.items():
        if len(sheet.problems) > wrong_before:
            break
        if not entry.is_nothing:
            settings[key] = _own_value(entry, sheet, deepest - 1)
    return MappingProxyType(settings)


def _own_value(part: Part, sheet: YamlSheet, deepest: int) -> object:
    """A text, a tuple of texts, or a mapping to such values."""
    if part.is_mapping:
        return _own_settings(part, sheet, deepest)
    items = tuple(sheet.items(part)) if part.is_list else (part,)
    for item in items:
        if item.text is None:
            sheet.object_to(item, expected="a text", example="[a, b]")
    texts = tuple(item.text or "" for item in items)
    return texts if part.is_list else texts[0]


def _headroom(keys: _Keys) -> Headroom:
    silence = Headroom()
    return Headroom(
        nodes=keys.read("nodes", _read_nodes, silence.nodes),
        cpu_ratio=keys.read("cpu", _read_share, silence.cpu_ratio),
        memory_ratio=keys.read("memory", _read_share, silence.memory_ratio),
    )


def _use_limits(keys: _Keys, silence: UseLimits) -> UseLimits | None:
    if keys.is_off:
        return None
    return UseLimits(
        cpu_ratio=keys.read("cpu", _read_share_or_off, silence.cpu_ratio),
        memory_ratio=keys.read("memory", _read_share_or_off, silence.memory_ratio),
        after=keys.read("after", _read_wait, silence.after),
    )


def _budget(keys: _Keys) -> Budget:
    share = keys.require("nodes", _read_nodes_or_share, Budget(nodes=0))
    return replace(share, schedule=keys.read("in", _read_times, None), cause=keys.read("for", _read_cause, None))


def _heal(keys: _Keys) -> HealPolicy | None:
    if keys.is_off:
        return None
    silence = HealPolicy()
    return HealPolicy(
        grace=keys.read("grace", _read_wait, silence.grace),
        may_delete_unreachable=keys.read("delete-unreachable", read_flag, silence.may_delete_unreachable),
    )


def _node_labels(keys: _Keys) -> Iterator[tuple[str, str]]:
    part = keys.part("labels")
    for name, entry in keys.sheet.entries(part, example="{tier: web}").items():
        if not _LABEL.fullmatch(name) or name.startswith(_RESERVED):
            expected = f"the name of a node label that does not begin with {_RESERVED}"
            keys.sheet.object_to(entry, expected=expected, example="tier", given=name)
        elif entry.text is None:
            keys.sheet.object_to(entry, expected="a text", example="tier: web")
        else:
            yield name, entry.text


_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,199}")
_RESERVED = "skep."


# --- values --------------------------------------------------------------------------------------------------------


def _read_provider(text: str) -> str:
    if text not in PROVIDERS:
        likely = closest(text, PROVIDERS)
        expected = f"one of {', '.join(PROVIDERS)}" + (f", perhaps {likely}" if likely else "")
        raise UnitError(text, expected, PROVIDERS[0])
    return text


def _read_nodes(text: str) -> int:
    return read_count(text, most=_MOST_NODES)


def _read_most_nodes(text: str) -> int:
    return read_count(text, least=1, most=_MOST_NODES)


def _read_share(text: str) -> float:
    return read_percent(text, most=1.0)


def _read_share_or_off(text: str) -> float | None:
    return None if text.strip().lower() in _OFF else _read_share(text)


def _read_nodes_or_share(text: str) -> Budget:
    try:
        return Budget(ratio=_read_share(text)) if text.rstrip().endswith("%") else Budget(nodes=_read_nodes(text))
    except UnitError:
        raise UnitError(text, f"a whole number from 0 to {_MOST_NODES}, or a percentage up to 100%", "10%") from None


def _read_cause(text: str) -> RemovalCause | None:
    try:
        return RemovalCause(text.strip())
    except ValueError:
        raise UnitError(text, f"one of {', '.join(RemovalCause)}", RemovalCause.UNDERUSED) from None


def _read_wait(text: str) -> timedelta:
    return read_duration(text, most=_LONGEST_WAIT)


def _read_times(text: str) -> Schedule | None:
    """Read when a budget counts, as a schedule has it; a schedule needs bounds, which mean nothing here."""
    if _BOUND.search(text):
        raise UnitError(text, "hours or cron=, and a zone, without min= and max=", "Mon-Fri 08:00-18:00 Europe/Berlin")
    return read_schedule("budget", f"{text} min=0")


_BOUND = re.compile(r"\b(?:min|max)\s*=")
