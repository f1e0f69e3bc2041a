"""Options for the text that a new machine runs at its first start, in order to join the Swarm."""

from dataclasses import dataclass

from skep.config.providers.sheet import OptionSheet
from skep.config.providers.texts import read_absolute_path, read_manager_address

__all__ = ["UserDataOptions", "read_user_data_options"]

_TEMPLATE = "user-data-file"
_MANAGERS = "managers"
_TOKEN = "join-token-file"  # noqa: S105 - the name of an option


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDataOptions:
    """How the user data of a machine is made.

    Attributes:
        template_file: the text with placeholders; read anew for each order.
        managers: where nodes may join, the first one that answers.
        join_token_file: holds the token by which workers join; ``None`` asks the Swarm for it.
    """

    template_file: str
    managers: tuple[str, ...]
    join_token_file: str | None = None


def read_user_data_options(sheet: OptionSheet, *, is_required: bool) -> UserDataOptions | None:
    """The options for user data; ``None`` where none is wanted, or where they are wrong, which is then noted.

    Args:
        sheet: the options of a provider.
        is_required: whether machines of this provider cannot join without.
    """
    template = sheet.text(_TEMPLATE, read_absolute_path, example=_EXAMPLES[_TEMPLATE], default="")
    token = sheet.text(_TOKEN, read_absolute_path, example=_EXAMPLES[_TOKEN], default="")
    managers = sheet.several(
        _MANAGERS,
        read_manager_address,
        expected="the address of a manager with its port, or several of them in a list",
        example=_EXAMPLES[_MANAGERS],
    )
    if not (is_required or any(map(sheet.is_given, _EXAMPLES))):
        return None
    for option in (_TEMPLATE, _MANAGERS):
        if not sheet.is_given(option):
            sheet.object_to(option, expected=_EXPECTED[option], example=_EXAMPLES[option])
    if not template or not managers:
        return None
    return UserDataOptions(template_file=template, managers=managers, join_token_file=token or None)


_EXAMPLES = {
    _TEMPLATE: "/run/configs/cloud-init.yml",
    _MANAGERS: "10.0.0.2:2377",
    _TOKEN: "/run/secrets/join_token",
}
_EXPECTED = {
    _TEMPLATE: "the path of a template for user data",
    _MANAGERS: "where nodes may join",
}
