"""OpenFaaS on Swarm: ``com.openfaas.scale.*`` of a function, steps told by an alert."""

from skep.config.dialects.amounts import read_positive_count
from skep.config.dialects.bounds import say_bounds
from skep.config.dialects.dialect import Dialect, any_under
from skep.config.dialects.draft import Draft
from skep.config.dialects.pace import BETWEEN_ALERTS, Pace, say_pace
from skep.config.dialects.switch import is_true
from skep.config.units import duration_text, read_count

__all__ = ["OPENFAAS"]

_PREFIX = "com.openfaas.scale."
_MIN = "com.openfaas.scale.min"
_MAX = "com.openfaas.scale.max"
_FACTOR = "com.openfaas.scale.factor"
_ZERO = "com.openfaas.scale.zero"


def _write(draft: Draft) -> None:
    factor = draft.read(_FACTOR, _read_factor, 20)
    draft.say("skep.enable", "true" if factor else "false")
    if not factor:
        draft.note(_FACTOR, "is 0, which switches scaling off", instead="skep leaves the function alone")
        return
    most = draft.read(_MAX, read_positive_count, 20)
    say_bounds(draft, draft.read(_MIN, read_positive_count, 1), most, least_label=_MIN, most_label=_MAX)
    step = max(1, -(-most * factor // 100))
    say_pace(draft, Pace(every=BETWEEN_ALERTS, up_by=step, down_by=None), most=most)
    draft.note(
        _FACTOR,
        f"makes a step of {step} for each alert, and how often one is repeated is not in the labels",
        instead=f"skep takes at most one every {duration_text(BETWEEN_ALERTS)}",
    )
    draft.note(
        "APIHighInvocationRate",
        "is the alert by which functions grow, and is not in the labels",
        instead="write skep.requests, or the counter of the gateway as skep.metric.<name>.query",
    )
    if is_true(draft.text(_ZERO) or ""):
        draft.note(_ZERO, "lets faas-idler stop an idle function", instead='skep.min: "0" does it with skep.requests')


def _read_factor(text: str) -> int:
    return read_count(text, most=100)


OPENFAAS = Dialect(name="openfaas", peer="OpenFaaS", sign=any_under(_PREFIX), write=_write, prefixes=(_PREFIX,))
