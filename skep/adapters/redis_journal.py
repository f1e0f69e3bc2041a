"""The recent part of the journal: capped Redis streams, in which entries also wait for the archive."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import redis

from skep.adapters.filing import ALWAYS, Filed, Shelf, Span
from skep.adapters.redis_connection import redis_errors, text
from skep.adapters.unreadable import Unreadable
from skep.core.record import Entry, entry_from_json, entry_to_json
from skep.ports import Backlog

__all__ = ["Capacity", "RedisJournal", "WaitingEntries"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NS_PER_MS = 1_000_000

#: So many entries are added by one call of the script, which nobody else can interrupt.
_AT_ONCE = 200

#: The index of a service that is no more goes after so long.
_INDEX_LIVES = timedelta(days=90)

#: Nothing is appended once more so late.
_NAME_LIVES = timedelta(days=1)

# The place of an entry is its own instant where that keeps the stream in order. It is never in the future: one
# node with a wrong clock would drag all later entries there. A place becomes nanoseconds in the archive, which
# leaves room for a million entries in each millisecond.
#
# Whatever the caps push out before the archive has it is lost, and counted. Numbers rise by one with each entry,
# so that what waits and what was lost is a difference, however long the stream.
_APPEND = """
local stream, books = KEYS[1], KEYS[2]
local most_entries, most_bytes, index_lives_ms = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local name, name_lives_s = ARGV[4], ARGV[5]

if name ~= '' and not redis.call('SET', name, '', 'NX', 'EX', name_lives_s) then
    return 0
end

local function edge(command, from, to)
    return redis.call(command, stream, from, to, 'COUNT', 1)[1]
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local ms, sequence = 0, 0
local newest = edge('XREVRANGE', '+', '-')
if newest then
    local newest_ms, newest_sequence = string.match(newest[1], '(%d+)-(%d+)')
    ms, sequence = tonumber(newest_ms), tonumber(newest_sequence)
end
local oldest = edge('XRANGE', '-', '+')
local reach = oldest and oldest[1] or '0'
local number = tonumber(redis.call('HGET', books, 'number') or 0)

for i = 3, #KEYS do
    local wanted_ms = math.min(tonumber(ARGV[2 * i]), now_ms)
    if wanted_ms > ms then
        ms, sequence = wanted_ms, 0
    elseif sequence < 999999 then
        sequence = sequence + 1
    else
        ms, sequence = ms + 1, 0
    end
    number = number + 1
    local place = string.format('%.0f-%.0f', ms, sequence)
    redis.call('XADD', stream, 'MAXLEN', '~', most_entries, place, 'number', number, 'entry', ARGV[2 * i + 1])
    redis.call('XADD', KEYS[i], 'MINID', '~', reach, place, '', '')
    redis.call('PEXPIRE', KEYS[i], index_lives_ms)
end

local bytes = redis.call('MEMORY', 'USAGE', stream, 'SAMPLES', 20)
if bytes > most_bytes then
    local fit = math.floor(redis.call('XLEN', stream) * most_bytes / bytes)
    redis.call('XTRIM', stream, 'MAXLEN', '~', math.max(fit, 1))
end

local gone = (tonumber(edge('XRANGE', '-', '+')[2][2]) or 1) - 1
local settled = tonumber(redis.call('HGET', books, 'settled') or 0)
if gone > settled then
    redis.call('HINCRBY', books, 'lost', gone - settled)
    redis.call('HSET', books, 'settled', gone)
end
redis.call('HSET', books, 'number', number)
return 1
"""

# Two who forward at once settle the same entries once; and nothing is settled that Redis has forgotten meanwhile.
_SETTLE = """
local books, number = KEYS[1], tonumber(ARGV[1])
local settled = tonumber(redis.call('HGET', books, 'settled') or 0)
local newest = tonumber(redis.call('HGET', books, 'number') or 0)
if number > settled and number <= newest then
    redis.call('HSET', books, 'settled', number, 'cursor', ARGV[2])
    redis.call('HINCRBY', books, 'lost', ARGV[3])
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much one shelf keeps; both are kept roughly, as Redis trims whole blocks."""

    entries: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEntries:
    """The oldest entries of a shelf that the archive does not have yet.

    Attributes:
        filed: oldest first, those that could be read.
        unreadable: how many more could not.
        last_number: running number of the last one, readable or not.
        last_place: its place in the stream.
    """

    filed: tuple[Filed, ...]
    unreadable: int
    last_number: int
    last_place: str

    @property
    def count(self) -> int:
        """Readable or not."""
        return len(self.filed) + self.unreadable


class RedisJournal:
    """One stream per shelf with everything, and per shelf and service an index of places in that stream.

    The index makes the entries of a rare service as quick to find as those of a busy one. It holds places only,
    and is trimmed as the stream is. The stream is the backlog of the archive too: what the archive has is told by
    a running number in the books of the shelf.
    """

    def __init__(
        self,
        client: redis.Redis,
        *,
        prefix: str = "skep:",
        changes: Capacity = Capacity(entries=100_000, size_bytes=128 << 20),
        states: Capacity = Capacity(entries=100_000, size_bytes=64 << 20),
    ) -> None:
        """Keep everything under ``<prefix>journal:``.

        Args:
            client: from :func:`skep.adapters.redis_connection.connect`.
            prefix: of all keys.
            changes: room for changes, refusals, orders and reasons to hold.
            states: room for the regular states.
        """
        self._client = client
        self._prefix = f"{prefix}journal:"
        self._capacities = {Shelf.CHANGES: changes, Shelf.STATES: states}
        self._append = client.register_script(_APPEND)
        self._settle = client.register_script(_SETTLE)
        self._unreadable = Unreadable()

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, oldest first, in the same few round trips however many there are.

        Raises:
            Temporary: Redis is out of reach (as for all methods here). Some of the entries may have been added.
            Permanent: Redis refuses us (as for all methods here).
        """
        if not entries:
            return
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            for shelf in Shelf:
                fitting = [entry for entry in entries if Shelf.of(entry.kind) is shelf]
                for some in _in_portions(fitting):
                    self._append(*self._call_of_append(shelf, some), client=pipeline)
            pipeline.execute()

    def append_once(self, entry: Entry, name: str) -> bool:
        """Add an entry, unless one has been added under that name within the last day; whether it was."""
        with redis_errors(self._client):
            call = self._call_of_append(Shelf.of(entry.kind), [entry], name=f"{self._prefix}once:{name}")
            return bool(self._append(*call))

    def newest(
        self, *, service: str | None = None, span: Span = ALWAYS, limit: int = 100
    ) -> Mapping[Shelf, tuple[Filed, ...]]:
        """The newest entries of each shelf first, in at most two round trips.

        What is found of a shelf has no holes: whatever is missing is older than all of it.

        Args:
            service: name of one service, or all.
            span: none but of this time.
            limit: at most so many of each shelf.
        """
        if limit < 1:
            return dict.fromkeys(Shelf, ())
        with redis_errors(self._client):
            found = self._found(service, span, limit)
        return {
            shelf: tuple(
                filed
                for place, fields in rows
                if (filed := self._filed(shelf, place, fields)) and span.covers(filed.entry.at)
            )
            for shelf, rows in found.items()
        }

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> tuple[Entry, ...]:
        """Of each service an entry of each span of this length and of each shelf, the last one, in two round trips.

        Args:
            services: their names.
            since: none older than this.
            every: the length.
        """
        span = Span(since=since)
        kept: list[tuple[Shelf, Any]] = []
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            for service in services:
                for shelf in Shelf:
                    pipeline.xrevrange(self._index(shelf, service), min=str(span.since_ms))
            answers = iter(pipeline.execute())
            for _ in services:
                for shelf in Shelf:
                    kept += [(shelf, place) for place in _last_of_each(next(answers), every)]
            for shelf, place in kept:
                pipeline.xrange(self._stream(shelf), min=place, max=place)
            rows = [(shelf, row) for (shelf, _), found in zip(kept, pipeline.execute(), strict=True) for row in found]
        filed = (self._filed(shelf, place, fields) for shelf, (place, fields) in rows)
        return tuple(one.entry for one in filed if one is not None and span.covers(one.entry.at))

    def waiting(self, shelf: Shelf, *, limit: int) -> WaitingEntries | None:
        """The oldest entries that the archive does not have; ``None`` if it has them all."""
        with redis_errors(self._client):
            cursor = self._client.hget(self._books(shelf), "cursor") or b"0"
            rows: list[Any] = self._client.xrange(self._stream(shelf), min=f"({text(cursor)}", count=limit) or []
        if not rows:
            return None
        filed = [self._filed(shelf, place, fields) for place, fields in rows]
        readable = tuple(one for one in filed if one is not None)
        last_place, last_fields = rows[-1]
        return WaitingEntries(
            filed=readable,
            unreadable=len(rows) - len(readable),
            last_number=int(last_fields[b"number"]),
            last_place=text(last_place),
        )

    def settle(self, shelf: Shelf, entries: WaitingEntries, *, refused: int = 0) -> None:
        """Note that the archive has the entries; doing so twice changes nothing.

        Args:
            shelf: where they wait.
            entries: what waited.
            refused: how many of them the archive will never take.
        """
        with redis_errors(self._client):
            self._settle(
                keys=[self._books(shelf)],
                args=[entries.last_number, entries.last_place, entries.unreadable + refused],
            )

    def backlog(self) -> Backlog:
        """How many entries wait, and how many were lost, on all shelves."""
        with redis_errors(self._client), self._client.pipeline(transaction=False) as pipeline:
            for shelf in Shelf:
                pipeline.hmget(self._books(shelf), "number", "settled", "lost")
            books = [[int(value or 0) for value in values] for values in pipeline.execute()]
        return Backlog(
            waiting=sum(number - settled for number, settled, _ in books), lost=sum(lost for _, _, lost in books)
        )

    def _call_of_append(
        self, shelf: Shelf, entries: Sequence[Entry], *, name: str = ""
    ) -> tuple[list[str], list[str | int | bytes]]:
        """Keys and arguments: those of the shelf, then an index, and an instant with its entry, for each entry."""
        capacity = self._capacities[shelf]
        keys = [self._stream(shelf), self._books(shelf)]
        index_lives_ms, name_lives_s = _INDEX_LIVES // _MILLISECOND, int(_NAME_LIVES.total_seconds())
        arguments: list[str | int | bytes] = [capacity.entries, capacity.size_bytes, index_lives_ms, name, name_lives_s]
        for entry in entries:
            keys.append(self._index(shelf, entry.service_name))
            arguments += [(entry.at - _EPOCH) // _MILLISECOND, entry_to_json(entry)]
        return keys, arguments

    def _found(self, service: str | None, span: Span, limit: int) -> Mapping[Shelf, list[Any]]:
        oldest = "-" if span.since_ms is None else str(span.since_ms)
        newest = "+" if span.until_ms is None else str(span.until_ms)
        with self._client.pipeline(transaction=False) as pipeline:
            for shelf in Shelf:
                key = self._stream(shelf) if service is None else self._index(shelf, service)
                pipeline.xrevrange(key, max=newest, min=oldest, count=limit)
            found = dict(zip(Shelf, pipeline.execute(), strict=True))
        return found if service is None else self._looked_up(found)

    def _looked_up(self, index_rows: Mapping[Shelf, list[Any]]) -> Mapping[Shelf, list[Any]]:
        """The entries at places of an index, without those that were trimmed meanwhile."""
        places = [(shelf, place) for shelf, rows in index_rows.items() for place, _ in rows]
        found: dict[Shelf, list[Any]] = {shelf: [] for shelf in Shelf}
        with self._client.pipeline(transaction=False) as pipeline:
            for shelf, place in places:
                pipeline.xrange(self._stream(shelf), min=place, max=place)
            for (shelf, _), rows in zip(places, pipeline.execute(), strict=True):
                found[shelf] += rows
        return found

    def _filed(self, shelf: Shelf, place: bytes | str, fields: Mapping[bytes, bytes]) -> Filed | None:
        milliseconds, _, sequence = text(place).partition("-")
        try:
            entry = entry_from_json(fields[b"entry"])
        except (msgspec.DecodeError, KeyError) as error:
            self._unreadable.note(f"{self._stream(shelf)} at {text(place)}", error)
            return None
        return Filed(filed_at_ns=int(milliseconds) * _NS_PER_MS + int(sequence), entry=entry)

    def _stream(self, shelf: Shelf) -> str:
        return f"{self._prefix}{shelf}"

    def _books(self, shelf: Shelf) -> str:
        return f"{self._prefix}{shelf}:books"

    def _index(self, shelf: Shelf, service: str) -> str:
        return f"{self._prefix}{shelf}:of:{service}"


def _in_portions(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    return (entries[first : first + _AT_ONCE] for first in range(0, len(entries), _AT_ONCE))


def _last_of_each(rows: Sequence[Any], every: timedelta) -> list[bytes]:
    """Of rows of an index, the newest first, the places that are the last ones of their span."""
    last: dict[int, bytes] = {}
    for place, _ in rows:
        last.setdefault(int(text(place).partition("-")[0]) * _MILLISECOND // every, place)
    return list(last.values())
