"""What to tell an operator when the store does not answer: what happened, and what mends it."""

from collections.abc import Mapping
from http import HTTPStatus

from skep.adapters.foreign_words import innermost, plain_words
from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.trouble import Fault, Trouble
from skep.core.metrics.series import GapReason

__all__ = ["not_understood", "status_trouble", "too_large", "too_slow", "unreachable"]

_MENDS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "check the user and its password, or the token",
    HTTPStatus.FORBIDDEN: "the user or token needs the right to read this database, and no other right",
    HTTPStatus.NOT_FOUND: "check the name of the database; on 2.x a bucket needs a DBRP mapping",
}
_FAULTS: Mapping[int, Fault] = {
    HTTPStatus.UNAUTHORIZED: Fault.STORE,
    HTTPStatus.TOO_MANY_REQUESTS: Fault.STORE,
    HTTPStatus.BAD_GATEWAY: Fault.STORE,
    HTTPStatus.SERVICE_UNAVAILABLE: Fault.STORE,
    HTTPStatus.GATEWAY_TIMEOUT: Fault.STORE,
}


def status_trouble(access: InfluxAccess, status: int, body: bytes) -> Trouble:
    """The store, or something on the way to it, answered with an error."""
    if status == HTTPStatus.BAD_REQUEST:
        return Trouble(fault=Fault.TEXT, reason=GapReason.REFUSED, detail=plain_words(body))
    detail = f"{_place(access)}, answered {status}: {plain_words(body)}"
    mend = _MENDS.get(status)
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return Trouble(
        fault=_FAULTS.get(status, Fault.QUERY),
        reason=GapReason.REFUSED if is_refusal else GapReason.UNREACHABLE,
        detail=f"{detail} ({mend})" if mend else detail,
    )


def unreachable(access: InfluxAccess, error: Exception) -> Trouble:
    """No connection, or one that broke."""
    return Trouble(
        fault=Fault.STORE,
        reason=GapReason.UNREACHABLE,
        detail=f"{_place(access)}: {innermost(error)}",
    )


def too_slow(access: InfluxAccess, within_s: float) -> Trouble:
    """Connected, but no whole answer in time."""
    return Trouble(
        fault=Fault.QUERY,
        reason=GapReason.UNREACHABLE,
        detail=f"{_place(access)}: no whole answer within {within_s:.3g} s",
    )


def too_large(access: InfluxAccess, largest_bytes: int) -> Trouble:
    """An answer that would not end."""
    return Trouble(
        fault=Fault.QUERY,
        reason=GapReason.REFUSED,
        detail=f"{_place(access)}: the answer is larger than {largest_bytes:,} bytes; ask for a shorter time",
    )


def not_understood(access: InfluxAccess, body: bytes, error: Exception) -> Trouble:
    """An answer that InfluxDB would not give: cut off, or from something else that listens there."""
    return Trouble(
        fault=Fault.STORE,
        reason=GapReason.UNREACHABLE,
        detail=f"{_place(access)}: not an answer of InfluxDB ({error}): {plain_words(body)}",
    )


def _place(access: InfluxAccess) -> str:
    return f"InfluxDB at {access.url}, database {access.database}"
