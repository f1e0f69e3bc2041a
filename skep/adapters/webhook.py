"""Notices as JSON, for a program of one's own."""

import msgspec

from skep.adapters.posting import post
from skep.core.notices import Message

__all__ = ["WebhookNotifier"]


class WebhookNotifier:
    """Posts ``{"source": "skep", "at", "title", "text", "notices": [{"topic", "at", "subject", "sentence", ...}]}``."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        """Keep where to; nothing is sent yet.

        Args:
            url: the address, which may be a secret.
            token: sent as the bearer's, if there is one.
        """
        self._url = url
        self._token = token

    def tell(self, message: Message) -> None:
        """Post the message."""
        post(self._url, msgspec.json.encode({"source": "skep", **msgspec.to_builtins(message)}), token=self._token)
