"""The journal for ever: one measurement in a database of its own in InfluxDB 1.x."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Self

import msgspec
import requests
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError

from skep.adapters.filing import ALWAYS, Filed, Shelf, Span
from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.client import client_for_writing
from skep.adapters.unreadable import Unreadable
from skep.core.action import AUTOSCALER
from skep.core.decision import Decision
from skep.core.record import Entry, EntryKind, entry_from_json, entry_to_json
from skep.errors import Permanent, Temporary

__all__ = ["EntriesRefused", "InfluxJournal"]

_MEASUREMENT = "skep_decisions"
_LONGEST_TAG = 200
_SECOND = timedelta(seconds=1)

#: InfluxDB takes 25 MB, and cuts the connection of who sends more. Quoting makes the entries larger.
_MOST_TEXT = 8_000_000
_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)
# Of these the entries are innocent: another one would be refused too, until a person has mended the database.
_OF_THE_DATABASE = ("field type conflict", "max-series-per-database", "max-values-per-tag")
_NOT_ALLOWED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_KINDS_WITH_ORDERS = (EntryKind.ORDERED, EntryKind.OUTSIDE)
#: Orders end by themselves after days at the most, or are few.
_MOST_ORDERS = 10_000
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

# Data that is kept for ever wants few large shards: InfluxData's schema guide says 52 weeks or more.
_CREATE = "CREATE DATABASE {database} WITH DURATION INF SHARD DURATION 52w"


class EntriesRefused(Permanent):
    """InfluxDB will never take all of these entries in one request; it may have taken some of them."""


class InfluxJournal:
    """Entries as points whose time is the place they are filed under, so that writing them again changes nothing.

    Tags are ``service``, ``kind`` and ``by`` (skep, person, webhook): a few series per service, however many
    changes. Fields are what a dashboard shows (``old``, ``new``, ``sentence``, ``actor``, ``evaluation``,
    ``task_id``; of a decision ``at_max`` and ``blind``, 1 or 0: the goal is the most it may be, some metric has no
    value), and ``entry``, the whole entry with its decision as JSON.

    The client's answers are read here, and it is told not to try again by itself.
    """

    def __init__(self, access: InfluxAccess, *, timeout: timedelta = timedelta(seconds=5)) -> None:
        """Keep how to reach InfluxDB; nothing is sent yet. Make it after a fork.

        Args:
            access: the database is made, with infinite retention, if it is missing and the user may do so.
            timeout: the longest wait for a connection, and for each part of an answer.

        Raises:
            Permanent: if the URL is none.
        """
        self._access = access
        self._client = client_for_writing(access, timeout)
        self._unreadable = Unreadable()

    def __enter__(self) -> Self:
        """The journal itself; its connection is closed after the block."""
        return self

    def __exit__(self, *_of_error: object) -> None:
        """Close the connection."""
        self._client.close()

    def write(self, entries: Sequence[Filed]) -> None:
        """Write entries, in one request.

        Raises:
            Temporary: InfluxDB is out of reach, overloaded or in trouble.
            EntriesRefused: it will never take these.
            Permanent: wrong credentials, or the database is missing and may not be made.
        """
        if not entries:
            return
        points = [_point(filed) for filed in entries]
        length = sum(len(point["fields"]["entry"]) for point in points)
        if length > _MOST_TEXT:
            raise EntriesRefused(f"{len(points)} entries of {length} characters are more than one request may hold")
        with self._errors():
            try:
                self._write(points)
            except InfluxDBClientError as error:
                if error.code != HTTPStatus.NOT_FOUND:
                    raise
                self._create_database()
                self._write(points)

    def newest(
        self,
        shelf: Shelf,
        *,
        service: str | None = None,
        span: Span = ALWAYS,
        before_ns: int | None = None,
        limit: int = 100,
    ) -> tuple[Filed, ...]:
        """The newest entries of a shelf first; none if the database is not there yet.

        Args:
            shelf: where to look.
            service: name of one service, or all.
            span: none but of this time.
            before_ns: only those filed earlier.
            limit: at most so many.

        Raises:
            Temporary: InfluxDB is out of reach, overloaded or in trouble.
            Permanent: it refuses us.
        """
        if limit < 1:
            return ()
        conditions = [_one_of("kind", shelf.kinds)]
        if service is not None:
            conditions.append(f'"service" = {_literal(_tag(service))}')
        if span.since_ms is not None:
            conditions.append(f"time >= {span.since_ms}ms")
        if span.until_ms is not None:
            # A place has more to it than its millisecond.
            conditions.append(f"time < {span.until_ms + 1}ms")
        if before_ns is not None:
            conditions.append(f"time < {before_ns}")
        rows = self._rows(
            f'SELECT "entry" FROM "{_MEASUREMENT}" WHERE {" AND ".join(conditions)}'  # noqa: S608 - literals are escaped
            f" ORDER BY time DESC LIMIT {limit}"
        )
        return tuple(
            filed
            for filed_at_ns, text in rows
            if (filed := self._filed(filed_at_ns, text))
            and (service is None or filed.entry.service_name == service)
            and span.covers(filed.entry.at)
        )

    def courses(self, services: Sequence[str], *, since: datetime, every: timedelta) -> tuple[Entry, ...]:
        """Of each service the last entry of each span of this length; one request.

        Args:
            services: their names.
            since: none older than this.
            every: the length.

        Raises:
            Temporary: InfluxDB is out of reach, overloaded or in trouble.
            Permanent: it refuses us.
        """
        if not services:
            return ()
        wanted = frozenset(services)
        rows = self._rows(
            f'SELECT last("entry") FROM "{_MEASUREMENT}" WHERE {_one_of("service", sorted(map(_tag, wanted)))}'  # noqa: S608 - as above
            f' AND time >= {Span(since=since).since_ms}ms GROUP BY time({every // _SECOND}s), "service" fill(none)'
        )
        filed = (self._filed(at_ns, text) for at_ns, text in rows)
        return tuple(one.entry for one in filed if one is not None and one.entry.service_name in wanted)

    def orders(self) -> tuple[Filed, ...]:
        """All entries of the kinds that may hold an order of a person, oldest first.

        Raises:
            Temporary: InfluxDB is out of reach, overloaded or in trouble.
            Permanent: it refuses us.
        """
        rows = self._rows(
            f'SELECT "entry" FROM "{_MEASUREMENT}" WHERE {_one_of("kind", _KINDS_WITH_ORDERS)}'  # noqa: S608 - our own words
            f" ORDER BY time DESC LIMIT {_MOST_ORDERS}"
        )
        filed = (self._filed(filed_at_ns, text) for filed_at_ns, text in reversed(rows))
        return tuple(one for one in filed if one is not None)

    def _write(self, points: list[dict[str, Any]]) -> None:
        self._client.write_points(
            points,
            time_precision="n",
            database=self._access.database,
            retention_policy=self._access.retention_policy,
        )

    def _create_database(self) -> None:
        statement = _CREATE.format(database=_identifier(self._access.database))
        try:
            self._answer("POST", {"q": statement})
        except InfluxDBClientError as error:
            if error.code not in _NOT_ALLOWED:
                raise
            raise Permanent(
                f"{self._place} has no database {self._access.database!r}, and user {self._access.username!r} may"
                f" not make it; as an administrator: {statement}"
            ) from error

    def _rows(self, statement: str) -> list[list[Any]]:
        parameters = {"q": statement, "db": self._access.database, "epoch": "ns"}
        if self._access.retention_policy:
            parameters["rp"] = self._access.retention_policy
        with self._errors():
            result = self._answer("GET", parameters)
        error = result.get("error", "")
        if "database not found" in error:
            return []
        if error:
            raise Permanent(f"{self._place} refuses to read the journal: {error}")
        return [row for series in result.get("series", ()) for row in series["values"]]

    def _answer(self, method: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """The result of the one statement."""
        response = self._client.request("query", method, params=dict(parameters))
        result: dict[str, Any] = response.json()["results"][0]
        return result

    def _filed(self, filed_at_ns: int, text: str) -> Filed | None:
        try:
            return Filed(filed_at_ns=filed_at_ns, entry=entry_from_json(text))
        except msgspec.DecodeError as error:
            self._unreadable.note(f"{_MEASUREMENT} at {filed_at_ns}", error)
            return None

    @property
    def _place(self) -> str:
        return f"InfluxDB at {self._access.url}"

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the library's errors inside the block into skep's."""
        try:
            yield
        except InfluxDBClientError as error:
            raise self._of_client(error) from error
        except InfluxDBServerError as error:
            raise Temporary(f"{self._place} is in trouble: {error}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise Permanent(f"{self._place} does not answer like InfluxDB 1.x: {error}") from error
        except requests.RequestException as error:
            # Its own words hold the whole statement, which nobody wants to read on a page.
            raise Temporary(f"{self._place} is out of reach: {type(error).__name__}") from error

    def _of_client(self, error: InfluxDBClientError) -> Temporary | Permanent:
        if error.code in _REFUSED and not any(words in str(error) for words in _OF_THE_DATABASE):
            return EntriesRefused(f"{self._place} refuses entries: {error}")
        if error.code in _PASSING:
            return Temporary(f"{self._place} is busy: {error}")
        if error.code in _NOT_ALLOWED:
            return Permanent(f"{self._place} refuses user {self._access.username!r}: {error}")
        return Permanent(f"{self._place} refuses: {error}")


def _point(filed: Filed) -> dict[str, Any]:
    entry = filed.entry
    return {
        "measurement": _MEASUREMENT,
        "time": filed.filed_at_ns,
        "tags": {"service": _tag(entry.service_name), "kind": str(entry.kind), "by": _by(entry.actor)},
        "fields": {
            "old": entry.replicas_before,
            "new": entry.replicas_after,
            "sentence": entry.sentence,
            "actor": entry.actor,
            "evaluation": entry.evaluation,
            "task_id": entry.task_id,
            **_figures(entry.decision),
            "entry": entry_to_json(entry).decode(),
        },
    }


def _figures(decision: Decision | None) -> dict[str, int]:
    """What a dashboard adds up over services; InfluxQL adds no truth values."""
    if decision is None:
        return {}
    is_at_max = decision.bounds is not None and decision.goal >= decision.bounds.max_replicas
    is_blind = any(proposal.gap is not None for proposal in decision.proposals)
    return {"at_max": int(is_at_max), "blind": int(is_blind)}


def _by(actor: str) -> str:
    """The kind of actor; names would make a series each."""
    if actor == AUTOSCALER:
        return "skep"
    return "webhook" if actor.startswith("webhook:") else "person"


def _tag(text: str) -> str:
    """``text`` as a tag that survives the line protocol: printable, without backslashes, of bounded length.

    Names of Swarm services are left as they are.
    """
    return "".join(c if c.isprintable() and c != "\\" else "?" for c in text[:_LONGEST_TAG])


def _one_of(tag: str, values: Sequence[str]) -> str:
    return "(" + " OR ".join(f'"{tag}" = {_literal(value)}' for value in values) + ")"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _identifier(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
