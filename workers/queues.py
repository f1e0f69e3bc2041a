"""The three queues, and which task travels on which."""

__all__ = ["ACT", "OBSERVE", "ROUTES", "TICK"]

#: Questions of people, notifications, health: quiet, never shown in Flower.
OBSERVE = "observe"
#: Evaluations and reconciling, which nobody can do who does not reach the Swarm: quiet, too.
TICK = "tick"
#: What changes something: every task on it is an action, so Flower's list is the history of actions.
ACT = "act"

ROUTES = {
    "scale.*": {"queue": ACT},
    "order.*": {"queue": ACT},
    "nodes.*": {"queue": ACT},
    "drain.*": {"queue": ACT},
    "evaluate.*": {"queue": TICK},
    "reconcile": {"queue": TICK},
    "reconcile.*": {"queue": TICK},
    "ask.*": {"queue": OBSERVE},
    "health.*": {"queue": OBSERVE},
    "notify.*": {"queue": OBSERVE},
}
