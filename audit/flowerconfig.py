"""Flower as the view of what skep did: behind a password, read-only, kept on disk.

Run with ``celery -A workers.app flower --conf=audit/flowerconfig.py``. Tornado reads every name here that Flower
knows as an option; a value here beats the ``FLOWER_*`` environment variable of the same name without a word, so what
a deployment should choose (address, port, TLS) is left out.
"""

from flower.urls import handlers as _handlers

from audit.hooks import webhook_handlers as _webhook_handlers
from audit.meters import meter_handlers as _meter_handlers
from audit.scaling.handlers import install as _install_scaling_pages
from audit.task_rows import readable as _readable
from skep.errors import Permanent as _Permanent
from skep.wiring import settings as _read_settings

_settings = _read_settings()

if _settings.flower_password is None:
    raise _Permanent(
        "Flower is not run without a password: SKEP_FLOWER_PASSWORD_FILE is not set, expected the path of a file "
        "that holds one, for example /run/secrets/flower_password"
    )

basic_auth = [f"{_settings.flower_user}:{_settings.flower_password.reveal()}"]
read_only = True

# Events travel by pub/sub: what happens while Flower is down is lost to it. So Flower is a view and the journal is
# the record; yet what Flower saw survives its restart, and a kill loses at most half a minute.
persistent = True
db = str(_settings.state_dir / "flower")
state_save_interval = 30_000
# About 60 MB; saving takes a fifth of a second, during which pages wait.
max_tasks = 10_000
purge_offline_workers = 600

# The uuid is the only link to a task's page.
tasks_columns = "received,name,result,state,runtime,uuid"
natural_time = False
format_task = _readable

# Before Flower's own, whose last one answers every address with 404. Webhooks ask for secrets of their own.
_handlers[:0] = [*_webhook_handlers(_settings.webhooks), *_meter_handlers()]
_install_scaling_pages()
