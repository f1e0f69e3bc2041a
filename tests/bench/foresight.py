"""How long it takes to look at the rules of many services, and to simulate a policy over weeks."""

import math
import resource
import time
from datetime import timedelta

from skep.core.foresight.choice import choose
from skep.core.foresight.contenders import HPA, Contender, replay
from skep.core.foresight.course import START, Course, course_of
from skep.core.foresight.learning import LOOKED_AT_EVERY, begin, learn
from skep.core.foresight.model import ServiceModel
from skep.core.foresight.terms import Terms
from skep.core.foresight.trace import Trace
from tests.bench.figures import Figures

__all__ = ["first_looks_s", "measure", "simulated_s"]

_MODEL = ServiceModel(capacity_rps=10.0)
_DAYS_OF_HISTORY = 7
_SERVICES = 1000
#: So many different histories; to make one takes longer than to look at it.
_KINDS = 5
_DAYS_SIMULATED = 42


def measure() -> Figures:
    """Processor time on one core, and the memory that the process has come to need."""
    first_s, further_s = first_looks_s(_SERVICES)
    return {
        "foresight_first_looks_of_1000_services_s": first_s,
        "foresight_further_looks_of_1000_services_s": further_s,
        "foresight_peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "foresight_hpa_over_42_days_s": simulated_s(HPA, _DAYS_SIMULATED),
        "foresight_replay_over_42_days_s": simulated_s(replay(), _DAYS_SIMULATED),
    }


def first_looks_s(services: int) -> tuple[float, float]:
    """Seconds for the first look at so many services with a week of history, and for the next look at each."""
    terms, quarter = Terms.of(_MODEL), LOOKED_AT_EVERY // _MODEL.interval
    histories = [_course(_DAYS_OF_HISTORY, kind).measured_rps for kind in range(_KINDS)]
    first_s = further_s = 0.0
    for service in range(services):
        history = histories[service % _KINDS]
        started = time.process_time()
        learned = learn(begin(terms, at=START, load=history[0]), history[1:])
        choose(learned, price=10.0)
        first_s += time.process_time() - started
        started = time.process_time()
        choose(learn(learned, history[:quarter]), price=10.0)
        further_s += time.process_time() - started
    return first_s, further_s


def simulated_s(contender: Contender, days: int) -> float:
    """Seconds that a policy takes over so many days of evaluations."""
    course = _course(days, 0, history=timedelta(0))
    started = time.process_time()
    contender.counts(course)
    return time.process_time() - started


def _course(days: int, kind: int, *, history: timedelta = timedelta(hours=1)) -> Course:
    """Minutes of a load that rises by day, with a ripple of its own for each kind."""
    minutes = range(days * 1440 + 1)
    rates = tuple(
        40.0 * (1.2 - math.cos(minute / 1440 * 2 * math.pi)) + (minute * (7919 + kind) % 101) / 5 for minute in minutes
    )
    trace = Trace(name="bench", at_s=tuple(60.0 * minute for minute in minutes), rates_rps=rates)
    return course_of(trace, _MODEL, history=history)
