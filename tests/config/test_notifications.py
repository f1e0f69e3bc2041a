"""Settings of notifications: who is told what, or what is wrong with them."""

from datetime import timedelta

import pytest

from skep.config.addresses import MailServer
from skep.config.notifications import MailAccess, Notifications, PostAccess
from skep.config.secret import Secret
from skep.core.notices import NoticeRules, Topic
from tests.config.test_settings import only_problem, settings_of


def test_nobody_is_told_anything_unless_somebody_says_how() -> None:
    assert settings_of({}).notifications == Notifications()
    assert Notifications().channels == ()


def test_everything_can_be_set() -> None:
    given = settings_of(
        {
            "SKEP_NOTIFY_WEBHOOK_URL_FILE": "/run/secrets/notify_webhook_url",
            "SKEP_NOTIFY_WEBHOOK_TOKEN": "t",
            "SKEP_NOTIFY_SLACK_URL": "https://hooks.slack.example/services/a/b",
            "SKEP_NOTIFY_MAIL_SERVER": "smtp://skep%40example.org@mail",
            "SKEP_NOTIFY_MAIL_PASSWORD": "p",
            "SKEP_NOTIFY_MAIL_TO": "ops@example.org, ada@example.org",
            "SKEP_NOTIFY_ABOUT": "failures,changes",
            "SKEP_NOTIFY_AFTER": "0s",
            "SKEP_NOTIFY_REPEAT": "1d",
            "SKEP_NOTIFY_MOST": "5",
        },
        {"/run/secrets/notify_webhook_url": "http://inbox:8080/skep?key=1\n"},
    ).notifications
    assert given == Notifications(
        webhook=PostAccess(url=Secret("http://inbox:8080/skep?key=1"), token=Secret("t")),
        slack=PostAccess(url=Secret("https://hooks.slack.example/services/a/b")),
        mail=MailAccess(
            server=MailServer(host="mail", port=587, user="skep@example.org", is_tls=False),
            password=Secret("p"),
            sender="ops@example.org",
            recipients=("ops@example.org", "ada@example.org"),
        ),
        rules=NoticeRules(
            topics=(Topic.FAILURES, Topic.CHANGES),
            after=timedelta(0),
            repeat=timedelta(days=1),
            messages_per_hour=5,
        ),
    )
    assert given.channels == ("webhook", "slack", "mail")


@pytest.mark.parametrize(
    ("text", "port", "is_tls"),
    [("smtp://mail", 25, False), ("smtps://mail", 465, True), ("smtp://mail:2525", 2525, False)],
)
def test_a_mail_server_has_the_port_of_its_kind(text: str, port: int, is_tls: bool) -> None:
    mail = settings_of({"SKEP_NOTIFY_MAIL_SERVER": text, "SKEP_NOTIFY_MAIL_TO": "a@b.c"}).notifications.mail
    assert mail is not None
    assert (mail.server.port, mail.server.is_tls) == (port, is_tls)


MAIL = {"SKEP_NOTIFY_MAIL_SERVER": "smtp://mail", "SKEP_NOTIFY_MAIL_TO": "ops@example.org"}


@pytest.mark.parametrize(
    ("environ", "variable", "expected"),
    [
        pytest.param(
            {"SKEP_NOTIFY_ABOUT": "failures,weather"},
            "SKEP_NOTIFY_ABOUT",
            "some of failures, at-max, no-data, no-room, nodes, orders, changes, with commas between them",
            id="an unknown topic",
        ),
        pytest.param(
            {"SKEP_NOTIFY_MAIL_TO": "ops@example.org"},
            "SKEP_NOTIFY_MAIL_SERVER",
            "a value, since SKEP_NOTIFY_MAIL_TO is set",
            id="mail without a server",
        ),
        pytest.param(
            {**MAIL, "SKEP_NOTIFY_MAIL_SERVER": "smtp://skep@mail"},
            "SKEP_NOTIFY_MAIL_PASSWORD",
            "a password where SKEP_NOTIFY_MAIL_SERVER has a user, and only there",
            id="a user without a password",
        ),
        pytest.param(
            {**MAIL, "SKEP_NOTIFY_MAIL_TO": "ops@example.org\nBcc: x@y.z"},
            "SKEP_NOTIFY_MAIL_TO",
            "a mail address, or several with commas between them",
            id="an address that would be a header",
        ),
        pytest.param(
            {"SKEP_NOTIFY_WEBHOOK_TOKEN": "t"},
            "SKEP_NOTIFY_WEBHOOK_URL",
            "an address, since SKEP_NOTIFY_WEBHOOK_TOKEN is set",
            id="a token without an address",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_is_expected(environ: dict[str, str], variable: str, expected: str) -> None:
    problem = only_problem(environ)
    assert (problem.variable, problem.expected) == (variable, expected)


def test_an_address_that_is_a_secret_is_not_shown() -> None:
    problem = only_problem({"SKEP_NOTIFY_SLACK_URL": "hooks.slack.example/services/T0/secret"})
    assert problem.given == "***"
    assert "secret" not in problem.sentence.replace("/run/secrets", "")
