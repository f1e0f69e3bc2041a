"""What is in force for a service and where each of it was said: by a label, in the policy file, or by nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from skep.config.catalogue import CATALOGUE, Label
from skep.config.labels import LabelDefaults, sheet_of
from skep.config.own_metrics import METRIC_PREFIX, metric_name
from skep.config.problem import LabelSheet
from skep.config.spoken import spoken_labels
from skep.config.units import duration_text
from skep.core.cluster import Service

__all__ = ["SettingOrigin", "settings_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOrigin:
    """One label that is in force, if its text is right.

    Attributes:
        text: as given; a default as a label would have it.
        origin: ``label``, a place in a file as ``policy.yml:12:5``, a variable as ``SKEP_WINDOW``, or ``default``.
    """

    label: str
    text: str
    origin: str


def settings_of(service: Service, defaults: LabelDefaults) -> tuple[SettingOrigin, ...]:
    """What is in force for a service, in the order of the documentation; nothing where nobody speaks of it.

    Labels that skep does not know have no effect and are left out, as are those without a default that nobody gave.
    """
    spoken = spoken_labels(service, file=defaults.file, dialect=defaults.dialect)
    if not spoken.labels and not (defaults.file and defaults.file.covers(service.name)):
        return ()
    sheet = sheet_of(service.name, spoken.labels, defaults.file)
    changed = _changed_defaults(defaults)
    names = ((label, name) for label in CATALOGUE if label.is_supported for name in _names(label, sheet))
    found = (_in_force(label, name, sheet, changed) for label, name in names)
    return tuple(setting for setting in found if setting is not None)


def _names(label: Label, sheet: LabelSheet) -> Iterator[str]:
    """What a label is called with the operator's own names in it."""
    if label.is_of_schedule:
        prefix = label.name.removesuffix("<name>")
        yield from (given for given in sheet.labels if given.startswith(prefix))
    elif label.is_of_metric:
        metrics = dict.fromkeys(metric_name(given) for given in sheet.labels)
        yield from (f"{METRIC_PREFIX}{metric}.{label.key}" for metric in metrics if metric is not None)
    else:
        yield label.name


def _in_force(label: Label, name: str, sheet: LabelSheet, changed: Mapping[str, str]) -> SettingOrigin | None:
    text = sheet.text(name)
    if text is not None:
        origin = sheet.origin(name)
        return SettingOrigin(label=name, text=text, origin=origin.mark if origin else "label")
    if label.setting is not None and label.setting in changed:
        return SettingOrigin(label=name, text=changed[label.setting], origin=label.setting)
    if label.default is None:
        return None
    return SettingOrigin(label=name, text=label.default, origin="default")


def _changed_defaults(defaults: LabelDefaults) -> Mapping[str, str]:
    """Defaults that variables have changed, by the variable."""
    unchanged = LabelDefaults()
    texts = {
        "SKEP_WINDOW": (defaults.window, unchanged.window),
        "SKEP_MAX_AGE": (defaults.max_age, unchanged.max_age),
    }
    return {variable: duration_text(span) for variable, (span, default) in texts.items() if span != default}
