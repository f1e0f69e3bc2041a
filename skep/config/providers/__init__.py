"""What a pool says of its provider in the policy file: which one, and its options."""

import difflib
from collections.abc import Callable, Mapping

from skep.config.providers.aws import AwsOptions, read_aws_options
from skep.config.providers.command import CommandOptions, read_command_options
from skep.config.providers.hcloud import HcloudOptions, read_hcloud_options
from skep.config.providers.lab import read_lab_options
from skep.config.providers.sheet import OptionProblem, OptionProblems, Options
from skep.config.providers.standby import StandbyOptions, read_standby_options

__all__ = [
    "PROVIDERS",
    "AwsOptions",
    "CommandOptions",
    "HcloudOptions",
    "OptionProblem",
    "OptionProblems",
    "Options",
    "ProviderOptions",
    "StandbyOptions",
    "read_options",
]

#: Of a pool whose provider is known and set up. Which of them it is says which provider it is; a lab is a command.
ProviderOptions = StandbyOptions | CommandOptions | AwsOptions | HcloudOptions

_READERS: Mapping[str, Callable[[str, Options], ProviderOptions | OptionProblems]] = {
    "standby": read_standby_options,
    "command": read_command_options,
    "aws": read_aws_options,
    "hcloud": read_hcloud_options,
    "lab": read_lab_options,
}

#: The names of all providers.
PROVIDERS: tuple[str, ...] = tuple(_READERS)


def read_options(pool: str, provider: str, options: Options) -> ProviderOptions | OptionProblems:
    """Read what the policy file says of a pool's provider, or everything that is wrong with it.

    Args:
        pool: the name of the pool, for the errors.
        provider: its name.
        options: everything else, under the names that docs/providers.md lists.
    """
    reader = _READERS.get(provider.strip())
    if reader is not None:
        return reader(f"pool {pool}, provider {provider.strip()}", options)
    likely = difflib.get_close_matches(provider[:60].lower(), PROVIDERS, n=1)
    problem = OptionProblem(
        place=f"pool {pool}",
        option="provider",
        given=provider,
        expected=f"one of {', '.join(PROVIDERS)}",
        example=likely[0] if likely else PROVIDERS[0],
    )
    return OptionProblems(problems=(problem,))
