"""Whom to tell what while nobody is looking: the settings of notifications."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from skep.config.addresses import MailServer, read_mail_server, read_post_url
from skep.config.environment import Environment, Setting
from skep.config.secret import Secret, read_secret
from skep.config.units import UnitError, read_count, read_duration
from skep.core.notices import DEFAULT_TOPICS, NoticeRules, Topic

__all__ = ["NOTIFICATION_SETTINGS", "MailAccess", "Notifications", "PostAccess", "notifications_given"]

_LONGEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAccess:
    """An address that takes posts, which may be a secret as a whole, and the bearer's token it wants, if any."""

    url: Secret
    token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccess:
    """Where mail is handed over, from whom it is and who gets it."""

    server: MailServer
    password: Secret | None
    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """Who is told what; nobody, where no way is given."""

    webhook: PostAccess | None = None
    slack: PostAccess | None = None
    mail: MailAccess | None = None
    rules: NoticeRules = field(default_factory=NoticeRules)

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the ways that are given."""
        ways = {"webhook": self.webhook, "slack": self.slack, "mail": self.mail}
        return tuple(name for name, way in ways.items() if way is not None)


def notifications_given(environment: Environment) -> Notifications:
    """The settings that are given; what is wrong is noted in the environment."""
    return Notifications(
        webhook=_webhook(environment),
        slack=_post(environment.given(_SLACK_URL), None),
        mail=_mail(environment),
        rules=NoticeRules(
            topics=environment.value(_ABOUT),
            after=environment.value(_AFTER),
            repeat=environment.value(_REPEAT),
            messages_per_hour=environment.value(_MOST),
        ),
    )


def _webhook(environment: Environment) -> PostAccess | None:
    url, token = environment.given(_WEBHOOK_URL), environment.given(_WEBHOOK_TOKEN)
    if url is None and token is not None:
        example = "https://example.org/skep"
        environment.object_to(_WEBHOOK_URL, expected=f"an address, since {_WEBHOOK_TOKEN.name} is set", example=example)
    return _post(url, token)


def _post(url: Secret | None, token: Secret | None) -> PostAccess | None:
    return None if url is None else PostAccess(url=url, token=token)


def _mail(environment: Environment) -> MailAccess | None:
    problems_before = len(environment.problems)
    server, password = environment.given(_MAIL_SERVER), environment.given(_MAIL_PASSWORD)
    recipients, sender = environment.given(_MAIL_TO), environment.given(_MAIL_FROM)
    if (server is None and recipients is None) or len(environment.problems) > problems_before:
        return None
    if server is None or recipients is None:
        lacking, other = (_MAIL_SERVER, _MAIL_TO) if server is None else (_MAIL_TO, _MAIL_SERVER)
        example = "smtp://mail:25" if server is None else "ops@example.org"
        environment.object_to(lacking, expected=f"a value, since {other.name} is set", example=example)
        return None
    if (server.user is None) != (password is None):
        expected = f"a password where {_MAIL_SERVER.name} has a user, and only there"
        environment.object_to(_MAIL_PASSWORD, expected=expected, example="smtp://skep@mail:587")
        return None
    return MailAccess(server=server, password=password, sender=sender or recipients[0], recipients=recipients)


def _secret_url(text: str) -> Secret:
    return Secret(read_post_url(text))


def _read_topics(text: str) -> tuple[Topic, ...]:
    try:
        return tuple(dict.fromkeys(Topic(word.strip()) for word in text[:_LONGEST].split(",")))
    except ValueError:
        raise UnitError(text, f"some of {', '.join(Topic)}, with commas between them", "failures,nodes") from None


def _read_recipients(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_read_mail_address(part) for part in text[:_LONGEST].split(",")))


def _read_mail_address(text: str) -> str:
    if not _MAIL_ADDRESS.fullmatch(text.strip()):
        raise UnitError(text, "a mail address, or several with commas between them", "ops@example.org")
    return text.strip()


#: Not the whole of what mail allows; nothing in it ends a header or opens another.
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")


def _between(least: timedelta, most: timedelta) -> Callable[[str], timedelta]:
    def read(text: str) -> timedelta:
        return read_duration(text, least=least, most=most)

    return read


def _read_most(text: str) -> int:
    return read_count(text, least=1, most=1_000)


_WEBHOOK_URL = Setting(
    name="SKEP_NOTIFY_WEBHOOK_URL",
    read=_secret_url,
    is_secret=True,
    meaning="Where notices are posted as JSON: `title`, `text` and the `notices` one by one.",
)
_WEBHOOK_TOKEN = Setting(
    name="SKEP_NOTIFY_WEBHOOK_TOKEN",
    read=read_secret,
    is_secret=True,
    meaning="A bearer's token for that address, if it wants one.",
)
_SLACK_URL = Setting(
    name="SKEP_NOTIFY_SLACK_URL",
    read=_secret_url,
    is_secret=True,
    meaning="An incoming webhook of Slack, or of what understands the same: Mattermost, Discord's `/slack`.",
)
_MAIL_SERVER = Setting(
    name="SKEP_NOTIFY_MAIL_SERVER",
    read=read_mail_server,
    meaning="Where mail is handed over: `smtp://user@mail.example.org:587`, or `smtps://`. A password wants TLS.",
)
_MAIL_PASSWORD = Setting(
    name="SKEP_NOTIFY_MAIL_PASSWORD", read=read_secret, is_secret=True, meaning="The password of the user in it."
)
_MAIL_FROM = Setting(
    name="SKEP_NOTIFY_MAIL_FROM",
    read=_read_mail_address,
    otherwise="the first who gets it",
    meaning="From whom the mail is.",
)
_MAIL_TO = Setting(
    name="SKEP_NOTIFY_MAIL_TO", read=_read_recipients, meaning="Who gets the mail, with commas between them."
)
_ABOUT = Setting(
    name="SKEP_NOTIFY_ABOUT",
    read=_read_topics,
    default=",".join(DEFAULT_TOPICS),
    meaning="What is told; `orders` (of people, and what others did) and `changes` (each scaling) may be added.",
)
_AFTER = Setting(
    name="SKEP_NOTIFY_AFTER",
    read=_between(timedelta(0), timedelta(days=1)),
    default="5m",
    meaning="A trouble is told once it has lasted so long, and its end once it has been over for so long.",
)
_REPEAT = Setting(
    name="SKEP_NOTIFY_REPEAT",
    read=_between(timedelta(minutes=1), timedelta(days=30)),
    default="6h",
    meaning="A trouble that still lasts is told again after this.",
)
_MOST = Setting(
    name="SKEP_NOTIFY_MOST",
    read=_read_most,
    default="20",
    meaning="So many messages are sent per hour; what is more waits, and comes together.",
)

#: In the order in which an operator would read about them.
NOTIFICATION_SETTINGS: tuple[Setting[Any], ...] = (
    _WEBHOOK_URL,
    _WEBHOOK_TOKEN,
    _SLACK_URL,
    _MAIL_SERVER,
    _MAIL_PASSWORD,
    _MAIL_FROM,
    _MAIL_TO,
    _ABOUT,
    _AFTER,
    _REPEAT,
    _MOST,
)
