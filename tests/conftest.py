"""What every test shares: how hard Hypothesis tries, and what a marked test needs before it can run."""

import os
import shutil
import signal

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers"]

# A program started in the background of a script inherits a Ctrl-C that is ignored, and hands that on to whatever it
# starts; tests that interrupt a program would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Nothing asserts on elapsed time, Hypothesis included: a busy machine is not a bug.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, print_blob=True)
settings.register_profile(
    "nightly",
    max_examples=10_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

PROGRAMS_BY_MARKER = {
    "browser": ("chromium", "chromedriver"),
    "influx": ("influx", "influxd"),
    "prometheus": ("prometheus",),
    "redis": ("redis-server",),
    "swarm": ("dockerd", "ip", "iptables", "nsenter"),
}
MARKERS_THAT_NEED_ROOT = frozenset({"swarm"})

# Raising engines, waiting for a surge to come and go, and ten thousand examples take longer than an ordinary test may.
PATIENT_MARKERS = frozenset({"browser", "swarm"})
PATIENT_TIMEOUT_S = 900
# A machine that others use may stand still for longer than any patience. Such a test gets one more try; the summary
# names it (RERUN), and one that needs it twice in a week is looked at.
RERUNS_ON_REAL_ENGINES = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests the time they need on real engines, and at night, unless they say themselves how much."""
    is_night = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
    for item in items:
        is_on_engines = not PATIENT_MARKERS.isdisjoint(_markers(item))
        is_patient = is_night or is_on_engines
        if item.get_closest_marker("timeout") is None and is_patient:
            item.add_marker(pytest.mark.timeout(PATIENT_TIMEOUT_S))
        if is_on_engines:
            item.add_marker(pytest.mark.flaky(reruns=RERUNS_ON_REAL_ENGINES))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose programs are missing; under SKEP_NO_SKIPS=1, as in CI, fail it instead."""
    lacking = _lacking(_markers(item))
    if not lacking:
        return
    reason = f"needs {', '.join(lacking)}; as root on Debian, `make system` installs the packages"
    if os.environ.get("SKEP_NO_SKIPS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _markers(item: pytest.Item) -> set[str]:
    return {marker.name for marker in item.iter_markers()}


def _lacking(markers: set[str]) -> list[str]:
    lacking = [
        program
        for marker in sorted(markers & PROGRAMS_BY_MARKER.keys())
        for program in PROGRAMS_BY_MARKER[marker]
        if shutil.which(program) is None
    ]
    if not markers.isdisjoint(MARKERS_THAT_NEED_ROOT) and os.geteuid() != 0:
        lacking.append("root")
    return lacking
