"""A process that evaluates seldom looks for garbage, and still finds some."""

import subprocess
import sys

_LOOK = """
import gc
from workers.collector import calm_collector

before = gc.get_threshold()
calm_collector()
assert gc.isenabled()
assert gc.get_threshold()[0] > before[0]
assert gc.get_freeze_count() > 0

circle = []
circle.append(circle)
del circle
assert gc.collect() > 0
"""


def test_it_is_looked_for_more_seldom_and_still_found() -> None:
    subprocess.run([sys.executable, "-c", _LOOK], check=True)


_SETTLE = """
import gc
import weakref
from workers.collector import settle_for_sharing


class Part:
    pass


dropped, kept = Part(), Part()
dropped.itself = dropped
seen = weakref.ref(dropped)
del dropped
settle_for_sharing()
assert seen() is None
assert not any(looked_through is kept for looked_through in gc.get_objects())
"""


def test_before_a_fork_garbage_goes_and_what_is_left_is_not_looked_through_again() -> None:
    subprocess.run([sys.executable, "-c", _SETTLE], check=True)
