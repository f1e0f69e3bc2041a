"""crazy-max/swarm-cronjob: ``swarm.cronjob.enable``, a job at set times, which is no scaling."""

from skep.config.dialects.dialect import Dialect, any_of
from skep.config.dialects.draft import Draft

__all__ = ["SWARM_CRONJOB"]

_ENABLE = "swarm.cronjob.enable"
_PREFIX = "swarm.cronjob."


def _write(draft: Draft) -> None:
    """Write nothing: a service without labels of skep's is left alone, and that is what a job needs."""
    for label in draft.labels:
        if label.startswith(_PREFIX):
            draft.text(label)
    draft.note(
        _ENABLE,
        "starts a job at set times, and scales nothing",
        instead="leave its labels as they are; skep does not touch a service without skep.enable",
    )


SWARM_CRONJOB = Dialect(
    name="swarm-cronjob",
    peer="crazy-max/swarm-cronjob",
    sign=any_of(_ENABLE),
    write=_write,
    prefixes=(_PREFIX,),
)
