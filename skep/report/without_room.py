"""What becomes of the replicas of a service that have no node, in the words that follow their number."""

from skep.core.decision import Decision

__all__ = ["fate_without_node"]


def fate_without_node(decision: Decision) -> str:
    """That they wait, or, where Swarm has given them up, that it will never start them."""
    waiting, stranded = decision.waiting_for_room, decision.stranded
    if not stranded:
        return f"{'waits' if waiting == 1 else 'wait'} for room on a node"
    has = "has" if waiting == 1 else "have"
    all_of_them = "it" if waiting == 1 else "them"
    given_up = all_of_them if stranded == waiting else f"{stranded} of them"
    return f"{has} no node, and Swarm will never start {given_up}"
