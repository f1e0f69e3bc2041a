"""The two queues, and which task travels on which."""

__all__ = ["ACT", "OBSERVE", "ROUTES"]

#: Evaluations, reconciling, questions of people: quiet, never shown in Flower.
OBSERVE = "observe"
#: What changes something: every task on it is an action, so Flower's list is the history of actions.
ACT = "act"

ROUTES = {
    "scale.*": {"queue": ACT},
    "order.*": {"queue": ACT},
    "nodes.*": {"queue": ACT},
    "drain.*": {"queue": ACT},
    "evaluate.*": {"queue": OBSERVE},
    "reconcile": {"queue": OBSERVE},
    "reconcile.*": {"queue": OBSERVE},
    "ask.*": {"queue": OBSERVE},
    "health.*": {"queue": OBSERVE},
    "notify.*": {"queue": OBSERVE},
}
