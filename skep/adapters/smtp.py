"""Notices by mail, handed over to one mail server."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from skep.adapters.foreign_words import plain_words
from skep.core.notices import Message
from skep.errors import Permanent, Temporary

__all__ = ["MailLogin", "MailNotifier", "MailPlace"]

_TIMEOUT = timedelta(seconds=5)
_PERMANENT_FROM = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLogin:
    """Who hands the mail over."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPlace:
    """Where mail is handed over.

    Attributes:
        is_tls: TLS from the first byte; else it is begun where the server offers it.
        login: nothing, where nobody has to log in; a password is sent by TLS only.
        ca_file: certificates to trust in place of the system's.
    """

    host: str
    port: int
    is_tls: bool = False
    login: MailLogin | None = None
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """How errors call it."""
        return f"the mail server {self.host}:{self.port}"


class MailNotifier:
    """Sends each message as one mail to all recipients."""

    def __init__(self, place: MailPlace, *, sender: str, recipients: Sequence[str]) -> None:
        """Keep where to; nothing is sent yet."""
        self._place = place
        self._sender = sender
        self._recipients = tuple(recipients)

    def tell(self, message: Message) -> None:
        """Hand the mail over; those who are refused while others are not are lost."""
        with self._errors(), self._connected() as server:
            server.send_message(self._mail(message), from_addr=self._sender, to_addrs=list(self._recipients))

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = " ".join(message.title.split())
        mail["From"] = f"skep <{self._sender}>"
        mail["To"] = ", ".join(self._recipients)
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        # So that no machine that is on holiday answers.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(f"{message.text}\n")
        return mail

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        place, timeout_s = self._place, _TIMEOUT.total_seconds()
        context = ssl.create_default_context(cafile=place.ca_file)
        connected = (
            smtplib.SMTP_SSL(place.host, place.port, timeout=timeout_s, context=context)
            if place.is_tls
            else smtplib.SMTP(place.host, place.port, timeout=timeout_s)
        )
        with connected as server:
            server.ehlo()
            is_safe = place.is_tls
            if not is_safe and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
                is_safe = True
            if place.login is not None:
                if not is_safe:
                    raise Permanent(f"{place.name} offers no TLS, and a password is not sent without")
                server.login(place.login.user, place.login.password)
            yield server

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the library's errors into skep's; whatever begins with 4 may be taken later."""
        try:
            yield
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise self._refusal(code, words) from error
        except smtplib.SMTPResponseException as error:
            raise self._refusal(error.smtp_code, error.smtp_error) from error
        except ssl.SSLCertVerificationError as error:
            raise Permanent(
                f"{self._place.name}: its certificate is not to be trusted: {error.verify_message}"
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Temporary(f"{self._place.name} is out of reach: {error}") from error

    def _refusal(self, code: int, words: bytes | str) -> Temporary | Permanent:
        told = words if isinstance(words, bytes) else words.encode()
        said = f"{self._place.name} answered {code}: {plain_words(told)}"
        return Permanent(said) if code >= _PERMANENT_FROM else Temporary(said)
