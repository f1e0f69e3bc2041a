"""The boards as files, the way they lie in ``stacks/dashboards``."""

import json
from typing import Any

from skep.core.metrics.backends import Proxy
from skep.report.dashboards.chronograf import chronograf_board
from skep.report.dashboards.grafana import grafana_board
from skep.report.dashboards.swarm import swarm

__all__ = ["dashboard_files"]

_WRITERS = {"chronograf": chronograf_board, "grafana": grafana_board}


def dashboard_files() -> dict[str, str]:
    """Name to text of every file: each board for each program."""
    return {
        f"{program}/swarm-{proxy}.json": _text(write(swarm(proxy)))
        for program, write in _WRITERS.items()
        for proxy in Proxy
    }


def _text(board: dict[str, Any]) -> str:
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"
