"""What the engine says when it does not do what was asked."""

from http import HTTPStatus

__all__ = ["Refused", "ambiguous", "not_found", "not_leading", "out_of_sequence"]


class Refused(Exception):
    """An answer that is an error.

    Attributes:
        status: of HTTP.
        message: the engine's words.
    """

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def not_found(kind: str, name: str) -> Refused:
    """There is no such thing."""
    return Refused(HTTPStatus.NOT_FOUND, f"{kind} {name} not found")


def ambiguous(kind: str, name: str, matches: int) -> Refused:
    """There are several things whose id begins like that."""
    return Refused(HTTPStatus.BAD_REQUEST, f"{kind} {name} is ambiguous ({matches} matches found)")


def out_of_sequence() -> Refused:
    """Somebody wrote since the version was read."""
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "rpc error: code = Unknown desc = update out of sequence")


def not_leading() -> Refused:
    """The managers are electing."""
    return Refused(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are "
        "online. Make sure more than half of the managers are online.",
    )
