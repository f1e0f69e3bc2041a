"""The lab on which things break: three managers and two of each of skep's workers."""

from collections.abc import Iterator

import pytest

from tests.faults.play import chaos_theatre
from tests.swarm.conftest import pytest_runtest_makereport
from tests.swarm.theatre import Theatre

__all__ = ["pytest_runtest_makereport", "theatre"]


# Not for the whole session: a second skep on five more engines would keep the machine busy under all other tests.
@pytest.fixture(scope="package")
def theatre() -> Iterator[Theatre]:
    with chaos_theatre() as theatre:
        yield theatre
