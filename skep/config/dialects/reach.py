"""Whether use of a replica can ever reach what a peer was told to scale by."""

from decimal import Decimal

from skep.config.dialects.amounts import Measure
from skep.config.dialects.draft import Draft

__all__ = ["can_be_reached"]


def can_be_reached(draft: Draft, measure: Measure, amount: Decimal, *, label: str, is_given: bool = True) -> bool:
    """Whether a level of use has a base, and lies within the limit.

    A level that was given and cannot be reached is a problem. A default that cannot is left out with a note: nobody
    asked for it, and the peer never acted on it either.

    Args:
        draft: where it is told.
        measure: what is used.
        amount: the level, in the unit of the measure.
        label: where the peer has it.
        is_given: whether a label says so.
    """
    most = measure.most(draft.facts)
    if amount <= 0:
        draft.object_to(label, expected="more than 0", example="80")
        return False
    if most is None and measure.needs_limit:
        _object_to_no_limit(draft, measure, amount, label=label, is_given=is_given)
        return False
    if most is not None and amount > most:
        _object_to_limit(draft, measure, amount, most, label=label, is_given=is_given)
        return False
    return True


def _object_to_no_limit(draft: Draft, measure: Measure, amount: Decimal, *, label: str, is_given: bool) -> None:
    if is_given:
        expected = f"a limit, since {label} of {measure.text(amount)} is a share of it"
        draft.object_to(measure.limit, expected=expected, example=measure.example_limit)
    else:
        why = f"is {measure.text(amount)} by default, a share of {measure.limit}, which is not set"
        draft.note(label, why, instead=f"{measure.native} is left out")


def _object_to_limit(
    draft: Draft, measure: Measure, amount: Decimal, most: Decimal, *, label: str, is_given: bool
) -> None:
    if is_given:
        expected = (
            f"a level that can be reached: {measure.text(amount)} is more than {measure.limit} of {measure.text(most)}"
        )
        draft.object_to(label, expected=expected, example=f"{measure.native}: 80%")
    else:
        why = f"is {measure.text(amount)} by default, more than {measure.limit} of {measure.text(most)}"
        draft.note(label, why, instead=f"it was never reached, and {measure.native} is left out")
