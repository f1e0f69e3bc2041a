"""The text that a new machine runs at its first start, in order to join the Swarm.

The join token is read when it is needed and goes into the text alone, which hides itself: a token lets any machine
that reaches a manager become a worker, and does not expire by itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skep.config.providers.user_data import UserDataOptions
from skep.config.secret import Secret, read_secret, read_secret_file
from skep.config.units import UnitError, shortened
from skep.errors import Permanent

__all__ = ["UserData", "read_token_file", "read_user_data", "render"]

_JOIN_TOKEN = "JOIN_TOKEN"  # noqa: S105 - the name of a placeholder
_MANAGERS = "MANAGERS"
_HOSTNAME = "HOSTNAME"
_KNOWN = (_JOIN_TOKEN, _MANAGERS, _HOSTNAME)
# Neither the shell, nor YAML, nor cloud-init's own templates write anything like it.
_PLACEHOLDER = re.compile(r"@SKEP_([A-Z_]+)@")
_TOKEN = re.compile(r"SWMTKN-[0-9A-Za-z-]{20,200}")
_LONGEST_TEMPLATE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class UserData:
    """The template of a pool with all that is the same for its machines; hides itself."""

    template: Secret

    def for_host(self, hostname: str) -> Secret:
        """The text for one machine."""
        return Secret(render(self.template.reveal(), {_HOSTNAME: hostname}))

    def for_any_host(self) -> Secret:
        """The text for a machine whose name is not known yet; its place stays marked."""
        return self.template


def read_user_data(options: UserDataOptions, *, join_token: Callable[[], Secret]) -> UserData:
    """Read the template and, if it has a place for it, the join token.

    Args:
        options: where the template is, and where nodes may join.
        join_token: asks the Swarm; not called where a file holds the token, or where none is wanted.

    Raises:
        Permanent: the template or the token cannot be read, or is none.
        Temporary: the Swarm cannot be asked.
    """
    template = _read_template(options.template_file)
    placeholders = set(_PLACEHOLDER.findall(template))
    unknown = sorted(placeholders.difference(_KNOWN))
    if unknown:
        raise Permanent(
            f"{options.template_file}: @SKEP_{shortened(unknown[0])}@ is no placeholder,"
            f" expected {', '.join(f'@SKEP_{name}@' for name in _KNOWN)}"
        )
    values = {_MANAGERS: " ".join(options.managers)}
    if _JOIN_TOKEN in placeholders:
        values[_JOIN_TOKEN] = _read_token(options, join_token).reveal()
    return UserData(template=Secret(render(template, values)))


def render(template: str, values: Mapping[str, str]) -> str:
    """A template with these placeholders filled in; all others stay."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


def _read_template(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            template = file.read(_LONGEST_TEMPLATE + 1)
    except OSError as error:
        raise Permanent(f"{path}: the template for user data cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Permanent(f"{path}: the template for user data is not text") from error
    if len(template) > _LONGEST_TEMPLATE:
        raise Permanent(f"{path}: a template for user data has at most {_LONGEST_TEMPLATE} characters")
    return template


def _read_token(options: UserDataOptions, join_token: Callable[[], Secret]) -> Secret:
    path = options.join_token_file
    token, source = (join_token(), "the Swarm") if path is None else (read_token_file(path), path)
    if not _TOKEN.fullmatch(token.reveal()):
        # It goes into a script that runs as root, so that nothing else may stand there.
        raise Permanent(f"{source}: this is no join token, expected what `docker swarm join-token -q worker` prints")
    return token


def read_token_file(path: str) -> Secret:
    """A token out of a file, such as a Docker secret.

    Raises:
        Permanent: it cannot be read, or is no single line. The text is not told.
    """
    try:
        return read_secret(read_secret_file(path))
    except OSError as error:
        raise Permanent(f"{path}: cannot be read: {error.strerror}") from error
    except (UnitError, UnicodeDecodeError):
        # Neither the error nor its chain: they hold the text.
        raise Permanent(f"{path}: expected one line of printable characters, as a token is") from None
