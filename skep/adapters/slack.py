"""Notices for Slack's incoming webhooks, and for what is compatible with them.

Rule: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and ``/formatting-message-text``: the
three characters that mean something are escaped, so that no name of a service can mention or link anything.
"""

import msgspec

from skep.adapters.posting import post
from skep.core.notices import Message

__all__ = ["SlackNotifier"]

#: Slack cuts longer texts.
_LONGEST_TEXT = 39_000


class SlackNotifier:
    """Posts the title in bold and the lines below it."""

    def __init__(self, url: str) -> None:
        """Keep where to; nothing is sent yet.

        Args:
            url: of the incoming webhook, which is a secret.
        """
        self._url = url

    def tell(self, message: Message) -> None:
        """Post the message."""
        text = f"*{_escaped(message.title)}*\n{_escaped(message.text)}"
        post(self._url, msgspec.json.encode({"text": text[:_LONGEST_TEXT]}))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
