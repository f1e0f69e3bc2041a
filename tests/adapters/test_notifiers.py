"""Messages as they arrive: at a real HTTP server and at a real mail server on the loopback."""

import json
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from skep.adapters.slack import SlackNotifier
from skep.adapters.smtp import MailLogin, MailNotifier, MailPlace
from skep.adapters.webhook import WebhookNotifier
from skep.core.notices import Message, Notice, Topic
from skep.errors import Permanent, SkepError, Temporary
from skep.ports import Notifier
from tests.adapters.certificates import self_signed
from tests.adapters.mail_server import MailServer
from tests.adapters.stand_in import Reply, StandIn
from tests.builders import NOW
from tests.servers import free_port

NOTICE = Notice(topic=Topic.AT_MAX, at=NOW, subject="web", sentence="web is at its max", since=NOW)
MESSAGE = Message(
    at=NOW, title="skep: web → max", text="12:00 web is at its max & <wants> more\n.\nsecond", notices=(NOTICE,)
)
SECRET = "T0123/abc"


def trouble_of(notifier: Notifier) -> SkepError:
    """Why a message was not taken."""
    with pytest.raises(SkepError) as refused:
        notifier.tell(MESSAGE)
    return refused.value


# --- JSON ----------------------------------------------------------------------------------------------------------


def test_a_program_gets_the_notices_one_by_one() -> None:
    with StandIn(lambda _asked: Reply(status=204)) as server:
        WebhookNotifier(f"{server.url}/in?key={SECRET}", token="t").tell(MESSAGE)
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.parameters) == ("POST", "/in", {"key": SECRET})
    assert (asked.headers["Authorization"], asked.headers["Content-Type"]) == ("Bearer t", "application/json")
    assert json.loads(asked.body) == {
        "source": "skep",
        "at": "2026-03-01T12:00:00Z",
        "title": MESSAGE.title,
        "text": MESSAGE.text,
        "notices": [
            {
                "topic": "at-max",
                "at": "2026-03-01T12:00:00Z",
                "subject": "web",
                "sentence": "web is at its max",
                "since": "2026-03-01T12:00:00Z",
                "is_over": False,
            }
        ],
    }


def test_slack_gets_a_text_in_which_nothing_is_markup_but_the_title() -> None:
    with StandIn(lambda _asked: Reply(body=b"ok")) as server:
        SlackNotifier(f"{server.url}/services/{SECRET}").tell(MESSAGE)
    (asked,) = server.asked
    assert asked.path == f"/services/{SECRET}"
    text = "*skep: web → max*\n12:00 web is at its max &amp; &lt;wants&gt; more\n.\nsecond"
    assert json.loads(asked.body) == {"text": text}


each_poster = pytest.mark.parametrize("poster", [WebhookNotifier, SlackNotifier])


@each_poster
@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        pytest.param(Reply(status=500, body=b"oops"), Temporary, "answered 500: oops", id="in trouble"),
        pytest.param(Reply(status=429, body=b"slow down"), Temporary, "answered 429: slow down", id="too many"),
        pytest.param(Reply(status=404, body=b"no_team"), Permanent, "answered 404: no_team", id="not there"),
        pytest.param(Reply(status=302, headers={"Location": "/x"}), Permanent, "answered 302", id="sent elsewhere"),
    ],
)
def test_what_is_not_taken_is_told_without_the_secret_in_the_address(
    poster: Callable[[str], Notifier], reply: Reply, kind: type[SkepError], words: str
) -> None:
    with StandIn(lambda _asked: reply) as server:
        trouble = trouble_of(poster(f"{server.url}/services/{SECRET}"))
    assert isinstance(trouble, kind)
    assert str(trouble).startswith(f"{server.url}")
    assert words in str(trouble)
    assert SECRET not in str(trouble)


def test_who_never_answers_is_given_up_in_time() -> None:
    with StandIn(lambda _asked: Reply(is_silent=True)) as server:
        trouble = trouble_of(WebhookNotifier(f"{server.url}/services/{SECRET}"))
    assert isinstance(trouble, Temporary)
    assert str(trouble) == f"{server.url}: no whole answer within 5 s"


@each_poster
def test_where_nobody_listens_it_may_be_tried_again(poster: Callable[[str], Notifier]) -> None:
    trouble = trouble_of(poster(f"http://127.0.0.1:{free_port()}/services/{SECRET}"))
    assert isinstance(trouble, Temporary)
    assert SECRET not in str(trouble)


# --- mail ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


def mailer(server: MailServer, *, password: str | None = None, ca: Path | None = None) -> MailNotifier:
    """Whoever hands mails over to that server."""
    place = MailPlace(
        host="127.0.0.1",
        port=server.port,
        is_tls=server.is_tls_from_the_start,
        login=None if password is None else MailLogin(user="skep@example.org", password=password),
        ca_file=None if ca is None else str(ca),
    )
    return MailNotifier(place, sender="skep@example.org", recipients=("ops@example.org", "ada@example.org"))


def test_a_mail_goes_to_all_with_the_whole_text() -> None:
    with MailServer() as server:
        mailer(server).tell(MESSAGE)
    (taken,) = server.taken
    assert (taken.sender, taken.recipients) == ("skep@example.org", ("ops@example.org", "ada@example.org"))
    assert (taken.mail["Subject"], taken.mail["From"]) == ("skep: web → max", "skep <skep@example.org>")
    assert (taken.mail["To"], taken.mail["Auto-Submitted"]) == ("ops@example.org, ada@example.org", "auto-generated")
    assert taken.mail.get_content().splitlines() == MESSAGE.text.splitlines()


@pytest.mark.parametrize("is_first", [True, False], ids=["from the first byte", "when it is offered"])
def test_a_password_travels_by_tls(certificate: Path, is_first: bool) -> None:
    with MailServer(tls=context(certificate), is_tls_from_the_start=is_first, password="p") as server:
        mailer(server, password="p", ca=certificate).tell(MESSAGE)
    (taken,) = server.taken
    assert (taken.user, taken.was_encrypted) == ("skep@example.org", True)


def test_without_tls_no_password_is_sent() -> None:
    with MailServer(password="p") as server:
        trouble = trouble_of(mailer(server, password="p"))
    assert isinstance(trouble, Permanent)
    assert str(trouble) == (
        f"the mail server 127.0.0.1:{server.port} offers no TLS, and a password is not sent without"
    )
    assert server.taken == []


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate: Path) -> None:
    with MailServer(tls=context(certificate)) as server:
        trouble = trouble_of(mailer(server))
    assert isinstance(trouble, Permanent)
    assert "its certificate is not to be trusted: self-signed certificate" in str(trouble)


@pytest.mark.parametrize(
    ("refuses", "kind", "words"),
    [
        pytest.param({"RCPT": "550 no such user"}, Permanent, "answered 550: no such user", id="unknown recipients"),
        pytest.param({"RCPT": "450 mailbox busy"}, Temporary, "answered 450: mailbox busy", id="greylisted"),
        pytest.param({"MAIL": "553 not yours"}, Permanent, "answered 553: not yours", id="a sender that is not ours"),
        pytest.param({"DATA": "451 disk full"}, Temporary, "answered 451: disk full", id="in trouble"),
    ],
)
def test_what_a_mail_server_refuses_is_told_in_its_words(
    refuses: dict[str, str], kind: type[SkepError], words: str
) -> None:
    with MailServer(refuses=refuses) as server:
        trouble = trouble_of(mailer(server))
    assert isinstance(trouble, kind)
    assert str(trouble) == f"the mail server 127.0.0.1:{server.port} {words}"


def test_a_wrong_password_is_told_without_it(certificate: Path) -> None:
    with MailServer(tls=context(certificate), password="p") as server:
        trouble = trouble_of(mailer(server, password="wrong-one", ca=certificate))
    assert isinstance(trouble, Permanent)
    assert "535" in str(trouble)
    assert "wrong-one" not in str(trouble)


def test_where_no_mail_server_listens_it_may_be_tried_again() -> None:
    place = MailPlace(host="127.0.0.1", port=free_port())
    trouble = trouble_of(MailNotifier(place, sender="a@b.c", recipients=("d@e.f",)))
    assert isinstance(trouble, Temporary)
