"""How peers are switched on: by the word ``true``, or by a label that is merely there."""

from skep.config.dialects.draft import Draft
from skep.config.units import quoted

__all__ = ["is_on", "is_true", "switch_on_by_presence"]

_NO = frozenset({"false", "no", "off", "0", ""})


def is_on(draft: Draft, label: str, *, exactly: bool = False) -> bool:
    """Whether the peer scales the service at all; writes ``skep.enable`` accordingly.

    Args:
        draft: written into.
        label: the peer's switch.
        exactly: whether the peer takes nothing but ``true`` for true, not even ``True``.
    """
    given = draft.text(label) or ""
    on = given == "true" if exactly else is_true(given)
    draft.say("skep.enable", "true" if on else "false")
    if not on and given.strip().lower() not in _NO:
        draft.note(
            label,
            f'is {quoted(given)}, and nothing but "true" switches the peer on',
            instead='write skep.enable: "true" if it is meant',
        )
    return on


def switch_on_by_presence(draft: Draft, label: str) -> None:
    """Write that the service is enabled: for these peers the label need only be there, whatever it says."""
    draft.say("skep.enable", "true")
    given = draft.text(label) or ""
    if given.strip().lower() in _NO - {""}:
        draft.note(
            label,
            f"is {quoted(given)}, and still switches the peer on, which looks only whether it is there",
            instead='write skep.enable: "false" if it is meant',
        )


def is_true(text: str) -> bool:
    """Whether a text is the word true, in any case."""
    return text.strip().lower() == "true"
