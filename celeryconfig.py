"""Celery's settings and nothing else.

Everything public in this module becomes a setting, and settings are shown by ``celery report`` and Flower; so what
is imported has an underscore before its name. The values and their reasons were measured; see
``docs/decisions/`` and the comments.
"""

from beat.schedule import schedule as _schedule
from skep.wiring import settings as _read_settings
from workers.queues import OBSERVE as _OBSERVE
from workers.queues import ROUTES as _ROUTES

_settings = _read_settings()

# --- broker and results: one Redis, JSON only ------------------------------------------------------------------
broker_url = _settings.broker_url.reveal()
result_backend = _settings.result_url.reveal()
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # never give up: Redis comes back
# Beyond every lock's time to live (35 s) and every retry delay, or messages would run twice at the same instant.
# The socket timeouts and health checks end a half-open connection after 17 s instead of never (measured).
visibility_timeout = 120
broker_transport_options = {
    "visibility_timeout": visibility_timeout,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Who dies while handing out the messages of the dead holds others off for so long; kombu would wait five minutes.
    "unacked_mutex_expire": 30,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "health_check_interval": 5,
    "global_keyprefix": _settings.redis_prefix,
    # Nobody sends messages of another priority, and of one list Redis shows the next message without giving it away.
    "priority_steps": [0],
}
result_backend_transport_options = {
    "visibility_timeout": visibility_timeout,
    "global_keyprefix": _settings.redis_prefix,
}
redis_socket_timeout = 5
redis_socket_connect_timeout = 3
redis_retry_on_timeout = True
accept_content = ["json"]
task_serializer = "json"
result_serializer = "json"

# --- results: kept for those who wait, and failures longer for those who ask ------------------------------------
task_ignore_result = True
result_extended = True
result_expires = 24 * 3600
result_failure_expires = 7 * 24 * 3600

# --- tasks end within seconds, by force if need be (prefork only: threads ignore time limits) -------------------
task_soft_time_limit = int(_settings.task_time_limit.total_seconds()) - 10
task_time_limit = int(_settings.task_time_limit.total_seconds())
task_default_queue = _OBSERVE
task_routes = _ROUTES
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
worker_cancel_long_running_tasks_on_connection_loss = True
# An order whose worker died is completed by reconcile, under the same id; two minutes later the broker hands the dead
# worker's message out again, and would undo what was ordered since.
worker_deduplicate_successful_tasks = True
worker_soft_shutdown_timeout = 15
worker_hijack_root_logger = False
worker_consumer = "workers.consumer:LivingConsumer"

# --- events: only actions reach Flower --------------------------------------------------------------------------
# With task-sent events a quiet task would stay PENDING in Flower for ever, and every CLI call would leave a series
# in its metrics.
worker_send_task_events = True
task_send_sent_event = False

# --- beat --------------------------------------------------------------------------------------------------------
beat_schedule = _schedule(interval=_settings.interval, reconcile_interval=_settings.reconcile_interval)
beat_schedule_filename = str(_settings.state_dir / "beat-schedule")
beat_scheduler = "beat.scheduler:LivingScheduler"
beat_max_loop_interval = 5
timezone = "UTC"
