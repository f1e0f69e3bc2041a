"""The rule that ``replay`` starts with, always: what choosing by replay is worth shows against it."""

from skep.core.foresight.contenders.contender import Contender
from skep.core.foresight.contenders.self_tuning import follow
from skep.core.foresight.rules import FALLBACK

__all__ = ["MARGIN"]

MARGIN = Contender(name="margin", about=FALLBACK.sentence, counts=lambda course: follow(course, rule=FALLBACK))
