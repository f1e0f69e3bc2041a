"""Options of the provider ``hcloud``: servers of the Hetzner Cloud."""

from dataclasses import dataclass

from skep.config.providers.sheet import OptionProblems, Options, OptionSheet
from skep.config.providers.texts import read_absolute_path, read_api_url, word_reader
from skep.config.providers.user_data import UserDataOptions, read_user_data_options
from skep.config.units import read_count, read_flag

__all__ = ["HcloudOptions", "read_hcloud_options"]

_ENDPOINT = "https://api.hetzner.cloud/v1"
_HIGHEST_ID = 2**53 - 1

_read_slug = word_reader(
    "[A-Za-z0-9][A-Za-z0-9._-]{0,62}", expected="a name or number as Hetzner lists it", example="cx23"
)
# Part of host names, beside the 16 characters that tell servers apart.
_read_name = word_reader(
    "[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?",
    expected="1 to 40 of a-z, 0-9 and '-', not at an end",
    example="swarm-web",
)
_read_label_key = word_reader(
    "(?!skep\\.)[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?",
    expected="the name of a label that does not begin with skep.",
    example="team",
)
_read_label_value = word_reader(
    "([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?", expected="the value of a label", example="platform"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HcloudOptions:
    """Which servers to make, and how to be let in.

    Attributes:
        token_file: holds a token with the right to write; read anew for each order.
        name: begins the name of each server, and marks it as one of this pool: no two pools of a project share it.
        server_type: as ``cx23``.
        image: name or number.
        location: as ``fsn1``; ``None`` leaves the choice to Hetzner.
        ssh_keys: names or numbers.
        networks: numbers of private networks.
        firewalls: numbers.
        placement_group: a number.
        labels: put on each server, beside skep's own.
        endpoint: of the API.
        user_data: lets a server join the Swarm.
    """

    token_file: str
    name: str
    server_type: str
    user_data: UserDataOptions
    image: str = "debian-13"
    location: str | None = None
    ssh_keys: tuple[str, ...] = ()
    networks: tuple[int, ...] = ()
    firewalls: tuple[int, ...] = ()
    placement_group: int | None = None
    has_public_ipv4: bool = True
    has_public_ipv6: bool = True
    labels: tuple[tuple[str, str], ...] = ()
    endpoint: str = _ENDPOINT


def read_hcloud_options(place: str, options: Options) -> HcloudOptions | OptionProblems:
    """Read the options of a pool, or everything that is wrong with them.

    Args:
        place: whose options they are, as ``pool web, provider hcloud``.
        options: as they stand in the policy file.
    """
    sheet = OptionSheet(place, options)
    user_data = read_user_data_options(sheet, is_required=True)
    read = HcloudOptions(
        token_file=sheet.required(
            "token-file",
            read_absolute_path,
            expected="the path of a file with an API token",
            example="/run/secrets/hcloud_token",
            stand_in="",
        ),
        name=sheet.required(
            "name",
            _read_name,
            expected="what the names of this pool's servers begin with",
            example="swarm-web",
            stand_in="",
        ),
        server_type=sheet.required("server-type", _read_slug, expected="a type of server", example="cx23", stand_in=""),
        user_data=user_data or _NO_USER_DATA,
        image=sheet.text("image", _read_slug, example="debian-13", default="debian-13"),
        location=sheet.text("location", _read_slug, example="fsn1", default="") or None,
        ssh_keys=sheet.several(
            "ssh-keys", _read_slug, expected="names or numbers of SSH keys, in a list", example="[ops]"
        ),
        networks=_read_numbers(sheet, "networks"),
        firewalls=_read_numbers(sheet, "firewalls"),
        placement_group=sheet.text("placement-group", _read_id, example="4711", default=0) or None,
        has_public_ipv4=sheet.text("public-ipv4", read_flag, example="false", default=True),
        has_public_ipv6=sheet.text("public-ipv6", read_flag, example="false", default=True),
        labels=sheet.pairs(
            "labels",
            _read_label_key,
            _read_label_value,
            expected="names that do not begin with skep., with values, both of letters, digits, '-', '_' and '.'",
            example="{team: platform}",
        ),
        endpoint=sheet.text("endpoint", read_api_url, example=_ENDPOINT, default=_ENDPOINT),
    )
    if not (read.has_public_ipv4 or read.has_public_ipv6 or read.networks):
        sheet.object_to("networks", expected="a private network, where there is no public address", example="[4711]")
    problems = sheet.problems()
    return OptionProblems(problems=problems) if problems else read


# In place of what is missing, until the problems are told.
_NO_USER_DATA = UserDataOptions(template_file="", managers=())


def _read_numbers(sheet: OptionSheet, option: str) -> tuple[int, ...]:
    return sheet.several(option, _read_id, expected="numbers as Hetzner lists them, in a list", example="[4711]")


def _read_id(text: str) -> int:
    return read_count(text, least=1, most=_HIGHEST_ID)
