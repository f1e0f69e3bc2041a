"""Beat sends what is due, and nothing that would pile up."""

from datetime import timedelta

from beat.schedule import schedule
from workers.app import app
from workers.queues import ACT, OBSERVE, TICK

ENTRIES = schedule(interval=timedelta(seconds=15), reconcile_interval=timedelta(seconds=30))


def test_services_are_evaluated_at_the_interval_and_unfinished_work_is_looked_for() -> None:
    assert {entry["task"]: entry["schedule"].total_seconds() for entry in ENTRIES.values()} == {
        "evaluate.services": 15,
        "reconcile": 30,
        "reconcile.drains": 5,
        "notify.look": 30,
        "health.measure": 30,
        "learn.rules": 60,
    }


def test_drains_are_looked_at_no_less_often_than_other_unfinished_work() -> None:
    hasty = schedule(interval=timedelta(seconds=2), reconcile_interval=timedelta(seconds=2))
    assert hasty["reconcile-drains"]["schedule"] == timedelta(seconds=2)


def test_a_tick_expires_before_the_next_is_due() -> None:
    assert all(entry["options"]["expires"] < entry["schedule"].total_seconds() for entry in ENTRIES.values())


def test_every_entry_names_a_task_that_workers_know() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in ENTRIES.values()} <= set(app.tasks)


def test_only_what_acts_travels_on_the_queue_that_flower_shows() -> None:
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in _own_tasks()}
    assert queues == {
        "ask.drain": OBSERVE,
        "ask.examine": OBSERVE,
        "ask.explain": OBSERVE,
        "ask.history": OBSERVE,
        "ask.lint": OBSERVE,
        "ask.load": OBSERVE,
        "ask.migrate": OBSERVE,
        "ask.map": OBSERVE,
        "ask.node": OBSERVE,
        "ask.nodes": OBSERVE,
        "ask.pools": OBSERVE,
        "ask.rebalance": OBSERVE,
        "ask.recount": OBSERVE,
        "ask.status": OBSERVE,
        "ask.tune": OBSERVE,
        "drain.back": ACT,
        "drain.node": ACT,
        "drain.step": ACT,
        "evaluate.plan": TICK,
        "evaluate.services": TICK,
        "evaluate.shard": TICK,
        "health.measure": OBSERVE,
        "learn.rules": OBSERVE,
        "nodes.fill": ACT,
        "nodes.heal": ACT,
        "nodes.increase": ACT,
        "nodes.join": ACT,
        "nodes.keep": ACT,
        "nodes.rebalance": ACT,
        "nodes.remove": ACT,
        "notify.look": OBSERVE,
        "notify.send": OBSERVE,
        "notify.try": OBSERVE,
        "order.give": ACT,
        "reconcile": TICK,
        "reconcile.drains": TICK,
        "scale.service": ACT,
    }


def test_quiet_tasks_send_no_events() -> None:
    loud = {name for name in _own_tasks() if app.tasks[name].send_events}
    assert loud == {
        "drain.back",
        "drain.node",
        "drain.step",
        "nodes.fill",
        "nodes.heal",
        "nodes.increase",
        "nodes.join",
        "nodes.keep",
        "nodes.rebalance",
        "nodes.remove",
        "order.give",
        "scale.service",
    }


def _own_tasks() -> set[str]:
    """Tasks of the house; Celery's own and those of other tests share the registry."""
    app.loader.import_default_modules()
    return {name for name, task in app.tasks.items() if task.__module__.startswith("tasks.")}
