"""Learn which rules would have been cheapest, apart from evaluations, which go by what was chosen."""

from skep.operations.tuned import tuned_services, tunes_anything
from skep.wiring import fleet, label_defaults, lessons, settings, world
from workers.app import app

__all__ = ["rules"]


@app.task(name="learn.rules", send_events=False)
def rules() -> None:
    """One look at the services that are due; the next one goes on where this one ended."""
    tuned, pools = tuned_services(world(), defaults=label_defaults()), fleet().pools
    if not tunes_anything(tuned, pools):
        return
    # Only who learns needs numpy in its memory.
    from skep.operations.learn import learn_rules  # noqa: PLC0415 - as was just said
    from skep.operations.learn_pools import learn_pools  # noqa: PLC0415 - likewise

    given, limit = settings(), settings().task_time_limit
    learn_pools(world(), lessons(), pools, interval=given.interval, time_limit=limit)
    learn_rules(world(), lessons(), tuned, interval=given.interval, time_limit=limit)
