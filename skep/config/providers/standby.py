"""Options of the provider ``standby``: none, because everything about it stands on the nodes themselves."""

from dataclasses import dataclass

from skep.config.providers.sheet import OptionProblems, Options, OptionSheet

__all__ = ["StandbyOptions", "read_standby_options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyOptions:
    """Machines that have joined the Swarm and wait there, drained."""


def read_standby_options(place: str, options: Options) -> StandbyOptions | OptionProblems:
    """Read the options of a pool; any option is one too many.

    Args:
        place: whose options they are, as ``pool web, provider standby``.
        options: as they stand in the policy file.
    """
    problems = OptionSheet(place, options).problems()
    return OptionProblems(problems=problems) if problems else StandbyOptions()
