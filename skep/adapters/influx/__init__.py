"""InfluxDB as the metrics store: asked in InfluxQL, which 1.x, 2.x and 3 Core all read."""

from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx.metrics import Influx

__all__ = ["Influx", "InfluxAccess"]
