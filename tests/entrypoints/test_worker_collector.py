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
