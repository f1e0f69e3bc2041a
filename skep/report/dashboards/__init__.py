"""Dashboards: one list of cells, written for Chronograf and for Grafana.

``swarm`` makes the board; ``chronograf_board`` and ``grafana_board`` write it in the JSON of either program.
"""

from skep.report.dashboards.board import Annotation, Board, Cell, Kind, Statement, Unit, Variable
from skep.report.dashboards.chronograf import chronograf_board
from skep.report.dashboards.files import dashboard_files
from skep.report.dashboards.grafana import grafana_board
from skep.report.dashboards.swarm import swarm

__all__ = [
    "Annotation",
    "Board",
    "Cell",
    "Kind",
    "Statement",
    "Unit",
    "Variable",
    "chronograf_board",
    "dashboard_files",
    "grafana_board",
    "swarm",
]
