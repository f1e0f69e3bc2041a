"""How programs may call: the settings of webhooks that come in."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from skep.config.environment import Environment, Setting
from skep.config.secret import Secret, read_secret, read_secret_file
from skep.config.units import UnitError, read_count, read_duration
from skep.errors import Permanent

__all__ = ["LEAST_SECRET", "WEBHOOK_SETTINGS", "Webhooks", "webhook_secrets", "webhooks_given"]

#: Shorter than what stacks/secrets makes, and longer than anybody would guess.
LEAST_SECRET = 16
_EXPECTED = f"one line of at least {LEAST_SECRET} printable characters"
_LONGEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Who may call, and how often.

    Attributes:
        names: the webhooks there are; none, and nobody may call.
        secrets: the folder with the secret of each, ``webhook_<name>``.
        hold: for how long a count that was called for is held; zero for not at all.
        calls_per_minute: so many of each webhook are taken.
    """

    names: tuple[str, ...] = ()
    secrets: Path = Path("/run/secrets")
    hold: timedelta = timedelta(minutes=5)
    calls_per_minute: int = 60


def webhook_secrets(webhooks: Webhooks) -> dict[str, Secret]:
    """What each caller has to send, by name of the webhook; read where webhooks are served and nowhere else.

    Raises:
        Permanent: with every file that is missing or holds no secret.
    """
    secrets: dict[str, Secret] = {}
    problems: list[str] = []
    for name in webhooks.names:
        path = webhooks.secrets / f"webhook_{name}"
        try:
            secrets[name] = _strong(read_secret(read_secret_file(str(path))))
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it holds none"
            problems.append(f"{path}: {why}, expected {_EXPECTED}, for example the output of: openssl rand -hex 24")
    if problems:
        raise Permanent("\n".join(["webhooks are not served:", *(f"  {problem}" for problem in problems)]))
    return secrets


def _strong(secret: Secret) -> Secret:
    if len(secret.reveal()) < LEAST_SECRET:
        raise UnitError("***", f"at least {LEAST_SECRET} characters", "openssl rand -hex 24")
    return secret


def webhooks_given(environment: Environment) -> Webhooks:
    """The settings that are given; what is wrong is noted in the environment."""
    return Webhooks(
        names=environment.given(_NAMES) or (),
        secrets=environment.value(_SECRETS),
        hold=environment.value(_HOLD),
        calls_per_minute=environment.value(_CALLS),
    )


def _read_names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if len(text) > _LONGEST or not all(_NAME.fullmatch(name) for name in names):
        expected = "names of 1 to 32 small letters, digits, _ and -, with commas between them"
        raise UnitError(text, expected, "kapacitor,alertmanager")
    return names


_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def _read_folder(text: str) -> Path:
    path = Path(text.strip())
    if not path.is_absolute() or not text.isprintable() or len(text) > _LONGEST:
        raise UnitError(text, "the absolute path of a folder", "/run/secrets")
    return path


def _read_hold(text: str) -> timedelta:
    return read_duration(text, most=timedelta(days=1))


def _read_calls(text: str) -> int:
    return read_count(text, least=1, most=6_000)


_NAMES = Setting(
    name="SKEP_WEBHOOKS",
    read=_read_names,
    otherwise="none: nobody may call",
    meaning="The webhooks that Flower serves: `kapacitor` is called at `/scaling/hooks/kapacitor`.",
)
_SECRETS = Setting(
    name="SKEP_WEBHOOK_SECRETS",
    read=_read_folder,
    default="/run/secrets",
    meaning="The folder with a file `webhook_<name>` for each of them: what a caller has to send as the bearer's.",
)
_HOLD = Setting(
    name="SKEP_WEBHOOK_HOLD",
    read=_read_hold,
    default="5m",
    meaning="For so long metrics have no say on a count that was called for; `0s` for not at all.",
)
_CALLS = Setting(
    name="SKEP_WEBHOOK_CALLS",
    read=_read_calls,
    default="60",
    meaning="So many calls of each webhook are taken per minute; more are answered with 429.",
)

#: In the order in which an operator would read about them.
WEBHOOK_SETTINGS: tuple[Setting[Any], ...] = (_NAMES, _SECRETS, _HOLD, _CALLS)
