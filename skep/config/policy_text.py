"""A value in a policy file to the text that a label would have: one grammar, however it is written.

``scale-up: {window: 5m, rate: [50%/1m, 4/1m]}`` becomes ``window=5m rate=50%/1m,4/1m``.
"""

from collections.abc import Iterator

from skep.config.catalogue import Label, Slot, closest
from skep.config.yaml_sheet import Part, YamlSheet

__all__ = ["label_text"]


def label_text(label: Label, part: Part, sheet: YamlSheet) -> str | None:
    """The text of a label; ``None`` where the value has a shape that no text has, which is then noted.

    Args:
        label: whose value it is.
        part: as the file has it.
        sheet: where what is wrong is noted.
    """
    if part.text is not None:
        return part.text
    if part.is_mapping and label.slots:
        return _joined(label, part, sheet)
    sheet.object_to(part, expected="a text", example=label.examples[0])
    return None


def _joined(label: Label, part: Part, sheet: YamlSheet) -> str | None:
    wrong_before = len(sheet.problems)
    example = label.example_of_slots
    entries = sheet.entries(part, example=example)
    keys = tuple(slot.key for slot in label.slots)
    for key, entry in entries.items():
        if key not in keys:
            likely = closest(key, keys)
            expected = f"one of {', '.join(keys)}"
            sheet.object_to(entry, expected=f"{expected}, perhaps {likely}" if likely else expected, example=example)
    for slot in label.slots:
        if slot.is_required and slot.key not in entries:
            place = f"{part.place}.{slot.key}"
            sheet.object_to_missing(place, line=part.line, expected=slot.form.words, example=example)
    written = [_written(slot, entries[slot.key], sheet) for slot in label.slots if slot.key in entries]
    return " ".join(written) if len(sheet.problems) == wrong_before else None


def _written(slot: Slot, part: Part, sheet: YamlSheet) -> str:
    value = ",".join(_values(slot, part, sheet))
    return slot.written.replace("{}", value)


def _values(slot: Slot, part: Part, sheet: YamlSheet) -> Iterator[str]:
    """The one value of a slot, or those in its list."""
    parts = sheet.items(part) if slot.is_list and part.is_list else (part,)
    for each in parts:
        if each.text is None:
            expected = "a text, or a list of texts" if slot.is_list else "a text"
            sheet.object_to(each, expected=expected, example=slot.example)
        yield each.text or ""
