"""Contenders: the policies that a trace is replayed for, so that they can be compared. One per file."""

from skep.core.foresight.contenders.adapt import ADAPT
from skep.core.foresight.contenders.contender import Contender, of_policy
from skep.core.foresight.contenders.hist import HIST
from skep.core.foresight.contenders.holt_winters import HPA_AND_HOLT_WINTERS
from skep.core.foresight.contenders.hpa import HPA, HPA_EVERY_60_S, HPA_LOWER_TARGET, HPA_WITHOUT_TOLERANCE
from skep.core.foresight.contenders.margin import MARGIN
from skep.core.foresight.contenders.oracle import ORACLE
from skep.core.foresight.contenders.react import REACT
from skep.core.foresight.contenders.reg import REG
from skep.core.foresight.contenders.self_tuning import PRICE, replay
from skep.core.foresight.contenders.static_peak import STATIC_PEAK
from skep.core.foresight.contenders.steps import STEPS_COOL_60_S, STEPS_COOL_300_S
from skep.core.foresight.contenders.yesterday import HPA_AND_YESTERDAY

__all__ = [
    "BASELINES",
    "HPA",
    "MARGIN",
    "ORACLE",
    "PRICE",
    "STATIC_PEAK",
    "STEPS_COOL_60_S",
    "Contender",
    "of_policy",
    "replay",
]

#: All that the policy that tunes itself is compared with, the oracle aside.
BASELINES: tuple[Contender, ...] = (
    STATIC_PEAK,
    HPA,
    HPA_EVERY_60_S,
    HPA_LOWER_TARGET,
    HPA_WITHOUT_TOLERANCE,
    STEPS_COOL_60_S,
    STEPS_COOL_300_S,
    REACT,
    ADAPT,
    REG,
    HIST,
    HPA_AND_YESTERDAY,
    HPA_AND_HOLT_WINTERS,
    MARGIN,
)
