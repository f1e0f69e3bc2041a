"""``python -m tests.faults --seconds 600 --seed 1 --times 3``: storms, each with a line of JSON at its end."""

import argparse
import json
import logging
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from tests.faults.moving import moved_violations
from tests.faults.play import MOST_EVALUATIONS, Run, chaos_theatre, play
from tests.faults.pooled import pool_violations
from tests.faults.verdict import violations

_LOG = logging.getLogger(__name__)

_INTERRUPTED = 130


def main() -> int:
    """Play storms one after the other; 1 as soon as a promise was broken. Whatever ends it, nothing is left behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="make chaos", description="Break everything at random, and see what is kept.")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long each storm rages (600)")
    parser.add_argument("--seed", type=int, default=None, help="of the first storm; later ones count on from it")
    parser.add_argument("--times", type=int, default=1, help="how many storms (1)")
    told = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    first = random.randrange(10_000) if told.seed is None else told.seed
    try:
        return _played(range(first, first + told.times), told.seconds)
    except KeyboardInterrupt:
        _LOG.info("interrupted; nothing is left behind")
        return _INTERRUPTED


def _played(seeds: Iterable[int], seconds: float) -> int:
    with chaos_theatre() as theatre:
        for seed in seeds:
            _LOG.info("storm of %g s, seed %d (again: make chaos SECONDS=%g SEED=%d)", *[seconds, seed] * 2)
            run = play(theatre, seed, timedelta(seconds=seconds))
            found = _found(run)
            for sentence in found:
                _LOG.error("%s", sentence)
            print(json.dumps({"chaos": _summary(run, found)}))  # noqa: T201  # the result is read from standard output
            if found:
                return 1
    return 0


def _found(run: Run) -> tuple[str, ...]:
    is_late = run.evaluations_to_calm > MOST_EVALUATIONS
    late = f"the count was right only {run.evaluations_to_calm} evaluations after the storm"
    broken = (*violations(run.evidence), *moved_violations(run.moved), *pool_violations(run.pool))
    return (*broken, *((late,) if is_late else ()))


def _summary(run: Run, found: tuple[str, ...]) -> dict[str, object]:
    states = Counter(state for state, _ in run.evidence.outcomes.values())
    return {
        "seed": run.weather.seed,
        "seconds": run.weather.duration.total_seconds(),
        "faults": len(run.weather.faults),
        "orders_acknowledged": len(run.evidence.outcomes),
        "orders_failed_openly": states["FAILURE"],
        "changes": len(run.evidence.counts),
        "node_orders_acknowledged": len(run.moved.outcomes),
        "surges": len(run.moved.counts),
        "machines_ordered": sum(len(order.made) for order in run.pool.orders),
        "joins": len(run.pool.joined),
        "machines_that_died": len(run.pool.lost),
        "leaves": len(run.pool.left),
        "evaluations_to_fit": run.pool.looks_to_fit,
        "evaluations_to_leave": run.pool.looks_to_leave,
        "evaluations_to_calm": run.evaluations_to_calm,
        "requests": run.requests,
        "failed_requests": run.failed_requests,
        "violations": len(found),
    }


if __name__ == "__main__":
    sys.exit(main())
