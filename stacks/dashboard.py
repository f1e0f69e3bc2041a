"""Load, dump and list dashboards, as the script of this name did; the code is that of ``skep dashboards``."""

from cli.dashboards import dashboards

dashboards(prog_name="dashboard.py")
