"""Windows by cron: group ``schedule_window``, through the text of the label ``skep.schedule.<name>``."""

from datetime import datetime
from typing import Any

from skep.config.schedule import read_schedule
from skep.core.schedule import is_active
from tests.conformance.vector import Json

__all__ = ["DRIVERS"]


def _schedule_window(given: Json) -> dict[str, Any]:
    schedule = given["schedule"]
    end = f'until="{schedule["end"]}"' if schedule.get("end") else f"for={schedule['duration']}"
    read = read_schedule("window", f'cron="{schedule["start"]}" {end} UTC min=1')
    return {"active": is_active(read, datetime.fromisoformat(given["now_utc"]))}


DRIVERS = {"schedule_window": _schedule_window}
