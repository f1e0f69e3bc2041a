"""A small mail server on the loopback that takes mails as a real one does, and refuses what the test says."""

import base64
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

__all__ = ["MailServer", "Taken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One mail that was handed over.

    Attributes:
        user: who had logged in.
        was_encrypted: whether TLS was spoken by then.
    """

    sender: str
    recipients: tuple[str, ...]
    mail: EmailMessage
    user: str | None
    was_encrypted: bool


@dataclass(kw_only=True)
class MailServer:
    """The server, from entering a ``with`` block to its end.

    Attributes:
        tls: with which certificate it speaks TLS; ``None`` for not at all.
        is_tls_from_the_start: before the greeting, and not on demand.
        password: of whoever logs in; anybody may hand over where it is ``None``.
        refuses: what it answers to a command, by the command's first word.
        taken: every mail so far.
    """

    tls: ssl.SSLContext | None = None
    is_tls_from_the_start: bool = False
    password: str | None = None
    refuses: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        """On the loopback."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, settings: MailServer) -> None:
        self.settings = settings
        super().__init__(("127.0.0.1", 0), _Conversation)

    def handle_error(self, *_: object) -> None:
        """Be silent about a client that hangs up."""


class _Conversation(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._settings = self.server.settings
        self._is_encrypted = False
        self._user: str | None = None
        self._sender, self._recipients = "", list[str]()
        self._use(self._encrypted() if self._settings.is_tls_from_the_start else self.request)
        self._say("220 mail.test ready")
        while line := self._lines.readline():
            command, _, rest = line.decode().strip().partition(" ")
            if not self._answer(command.upper(), rest):
                return

    def setup(self) -> None:
        self._use(self.request)

    def finish(self) -> None:
        self._lines.close()
        self._connection.close()

    def _encrypted(self) -> ssl.SSLSocket:
        assert self._settings.tls is not None
        self._is_encrypted = True
        return self._settings.tls.wrap_socket(self.request, server_side=True)

    def _use(self, connection: Any) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def _say(self, *lines: str) -> None:
        told = "".join(f"{line}\r\n" for line in lines)
        self._connection.sendall(told.encode())

    def _answer(self, command: str, rest: str) -> bool:
        refusal = self._settings.refuses.get(command)
        if refusal is not None:
            self._say(refusal)
        elif command == "EHLO":
            self._greet()
        elif command == "STARTTLS":
            self._say("220 go on")
            self._use(self._encrypted())
        elif command == "AUTH":
            self._log_in(rest)
        elif command == "MAIL":
            self._sender = rest.partition("<")[2].partition(">")[0]
            self._recipients = []
            self._say("250 fine")
        elif command == "RCPT":
            self._recipients.append(rest.partition("<")[2].partition(">")[0])
            self._say("250 fine")
        elif command == "DATA":
            self._take()
        elif command == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 fine")
        return True

    def _greet(self) -> None:
        offers = ["250-mail.test"]
        if self._settings.tls is not None and not self._is_encrypted:
            offers.append("250-STARTTLS")
        if self._settings.password is not None:
            offers.append("250-AUTH PLAIN")
        self._say(*offers, "250 8BITMIME")

    def _log_in(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        if password != self._settings.password:
            self._say("535 5.7.8 wrong credentials")
            return
        self._user = user
        self._say("235 welcome")

    def _take(self) -> None:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self._lines.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self._settings.taken.append(
            Taken(
                sender=self._sender,
                recipients=tuple(self._recipients),
                mail=mail,
                user=self._user,
                was_encrypted=self._is_encrypted,
            )
        )
        self._say("250 taken")
