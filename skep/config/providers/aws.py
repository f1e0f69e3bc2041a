"""Options of the provider ``aws``: an Auto Scaling group of Amazon EC2."""

from dataclasses import dataclass

from skep.config.providers.sheet import OptionProblems, Options, OptionSheet
from skep.config.providers.texts import read_absolute_path, read_api_url, read_line, word_reader
from skep.config.units import UnitError

__all__ = ["AwsOptions", "read_aws_options"]

_LONGEST_NAME = 255

_read_region = word_reader("[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}", expected="the name of a region", example="eu-central-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOptions:
    """Which group, and how to be let in.

    Attributes:
        credentials_file: in the form of AWS' shared credentials file; ``None`` for what boto3 finds by itself, such as
            the role of the instance.
        profile: the part of that file that counts; ``None`` for its default.
        endpoint: one address for all of Amazon's APIs, as a stand-in has; ``None`` for those of the region.
        keeps_protected: an instance that is protected from scale-in is not deleted either.
    """

    group: str
    region: str
    credentials_file: str | None = None
    profile: str | None = None
    endpoint: str | None = None
    keeps_protected: bool = False


def read_aws_options(place: str, options: Options) -> AwsOptions | OptionProblems:
    """Read the options of a pool, or everything that is wrong with them.

    Args:
        place: whose options they are, as ``pool web, provider aws``.
        options: as they stand in the policy file.
    """
    sheet = OptionSheet(place, options)
    read = AwsOptions(
        group=sheet.required(
            "group", _read_group, expected="the name of an Auto Scaling group", example="swarm-web", stand_in=""
        ),
        region=sheet.required(
            "region", _read_region, expected="the name of a region", example="eu-central-1", stand_in=""
        ),
        credentials_file=_optional(
            sheet.text("credentials-file", read_absolute_path, example="/run/secrets/aws_credentials", default="")
        ),
        profile=_optional(sheet.text("profile", read_line, example="skep", default="")),
        endpoint=_optional(sheet.text("endpoint", read_api_url, example="http://localstack:4566", default="")),
        keeps_protected=sheet.text("protected-machines", _read_keeps_protected, example="delete", default=False),
    )
    problems = sheet.problems()
    return OptionProblems(problems=problems) if problems else read


def _read_group(text: str) -> str:
    name = text.strip()
    if not name.isprintable() or not 1 <= len(name) <= _LONGEST_NAME:
        raise UnitError(text, f"the name of an Auto Scaling group, of 1 to {_LONGEST_NAME} characters", "swarm-web")
    return name


def _read_keeps_protected(text: str) -> bool:
    if text.strip() not in {"delete", "keep"}:
        raise UnitError(text, "delete or keep", "delete")
    return text.strip() == "keep"


def _optional(text: str) -> str | None:
    return text or None
