"""Learn which rules would have been cheapest, apart from evaluations, which go by what was chosen."""

from skep.wiring import label_defaults, lessons, settings, world
from workers.app import app

__all__ = ["rules"]


@app.task(name="learn.rules", send_events=False)
def rules() -> None:
    """One look at the services that are due; the next one goes on where this one ended."""
    from skep.operations.learn import learn_rules  # noqa: PLC0415 - only who learns needs numpy in its memory

    given = settings()
    learn_rules(
        world(),
        lessons(),
        defaults=label_defaults(),
        interval=given.interval,
        time_limit=given.task_time_limit,
    )
