"""The policy that tunes itself without one of its parts each: what that part is worth."""

from dataclasses import replace

from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.contenders.self_tuning import replay

__all__ = ["ablations"]

_PARTS = {
    "no margin": ("the forecast alone, without a margin for its errors", lambda rule: not rule.margin),
    "no waiting": ("shrinks at once", lambda rule: not rule.window),
    "no other days": ("without the peaks of other days", lambda rule: "peak" not in rule.predictor),
    "no trends": ("without trends", lambda rule: "trend" not in rule.predictor),
    "only the present": ("the load of now is the only forecast", lambda rule: rule.predictor == "the load of now"),
}


def ablations() -> tuple[Contender, ...]:
    """One contender for each part that can be left out, at the usual price."""
    return tuple(replace(replay(among=among), name=name, about=about) for name, (about, among) in _PARTS.items())
