"""Tell people what they should know while nobody is looking."""

from typing import Any

import msgspec

from skep.core.notices import Message
from skep.errors import SkepError, Temporary
from skep.operations.notify import look_for_news
from skep.report.notices import message, trial_message
from skep.wiring import notice_memory, notifier, settings, world
from workers.app import app

__all__ = ["look", "send", "try_channels"]

#: What nobody could be told within this is no news any more.
_EXPIRES_S = 3600.0


@app.task(name="notify.look", send_events=False)
def look() -> None:
    """Look for news and hand them to each channel as a task of its own."""
    channels, rules = settings().notifications.channels, settings().notifications.rules
    if not channels:
        return
    looked = look_for_news(
        world(), notice_memory(), rules=rules, interval=settings().interval, time_limit=settings().task_time_limit
    )
    if looked is not None and looked.notices:
        told = msgspec.to_builtins(message(looked.notices, withheld=looked.withheld))
        for channel in channels:
            send.apply_async(kwargs={"channel": channel, "message": told}, expires=_EXPIRES_S)


# Retries stay below the broker's visibility timeout (120 s): a message that waits longer would be delivered twice.
@app.task(
    name="notify.send",
    send_events=False,
    acks_late=True,
    autoretry_for=(Temporary,),
    max_retries=10,
    retry_backoff=5,
    retry_backoff_max=90,
)
def send(*, channel: str, message: dict[str, Any]) -> None:
    """Send one message by one channel; seven minutes and more are tried."""
    notifier(channel).tell(msgspec.convert(message, Message))


@app.task(name="notify.try", ignore_result=False, send_events=False)
def try_channels(*, actor: str) -> dict[str, str | None]:
    """Send a test by every channel; what was wrong, by name of the channel."""
    trial = trial_message(actor, world().clock.now())
    return {channel: _trouble(channel, trial) for channel in settings().notifications.channels}


def _trouble(channel: str, trial: Message) -> str | None:
    try:
        notifier(channel).tell(trial)
    except SkepError as error:
        return str(error)
    return None
