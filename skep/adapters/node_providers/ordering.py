"""What every provider asks of an order, and the short name by which it remembers one."""

import hashlib

__all__ = ["check_order", "digest_of"]

_DIGEST_BYTES = 6


def check_order(machines: int, request_id: str) -> None:
    """Refuse what is no order.

    Raises:
        ValueError: fewer than one machine, or an empty id.
    """
    if machines < 1:
        raise ValueError(f"an order is for 1 machine or more, got {machines}")
    if not request_id:
        raise ValueError("an order needs a request id")


def digest_of(request_id: str) -> str:
    """Twelve letters and digits for any request id, to be part of names and labels at a provider."""
    return hashlib.blake2b(request_id.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
