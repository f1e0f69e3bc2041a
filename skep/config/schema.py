"""The JSON Schema of the policy file, made of the catalogue: editors complete, explain and check with it.

It accepts every file that skep accepts in the usual spelling, and refuses what can be told without reading texts.
"""

from collections.abc import Iterable
from typing import Any

from skep.config.catalogue import CATALOGUE, Label, Slot
from skep.config.pool_keys import POOL_KEYS, PROVIDERS, PoolKey

__all__ = ["policy_schema"]

Schema = dict[str, Any]

_NAME_OR_PATTERN = "^[A-Za-z0-9*?_.-]{1,200}$"
_OWN_NAME = "^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"
_NODE_LABEL = "^(?!skep\\.)[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$"
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}


def policy_schema() -> Schema:
    """The schema, as JSON has it."""
    clause = {
        **_labels(label for label in CATALOGUE if not label.is_of_metric and not label.is_of_schedule),
        "metrics": _map(_OWN_NAME, {"$ref": "#/definitions/metric"}, "Metrics of your own."),
        "schedules": _map(_OWN_NAME, {"$ref": "#/definitions/schedule"}, "Bounds for certain times."),
        "use": {
            "description": "Metrics of the section metrics that count here too.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
    }
    name: Schema = {
        "description": "The name of a service, or a pattern with * and ?.",
        "type": "string",
        "pattern": _NAME_OR_PATTERN,
    }
    return {
        # The draft that editors know best.
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Policy file of skep",
        "description": "What labels say, for services by name or pattern, and the pools of nodes.",
        "type": ["object", "null"],
        "additionalProperties": False,
        "patternProperties": {"^x-": {"description": "For anchors; skep does not look at it."}},
        "properties": {
            "defaults": {
                "description": "For every service that is named here or has labels.",
                "$ref": "#/definitions/clause",
            },
            "metrics": _map(_OWN_NAME, {"$ref": "#/definitions/metric"}, "A library: services say use: [name]."),
            "services": {
                "description": "By name or pattern; a name counts more than a pattern, and what is later more.",
                "anyOf": [
                    _map(_NAME_OR_PATTERN, {"$ref": "#/definitions/clause"}, "By name or pattern."),
                    {"type": "array", "items": {"$ref": "#/definitions/named"}},
                ],
            },
            "pools": _map("^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", {"$ref": "#/definitions/pool"}, "Pools of nodes."),
        },
        "definitions": {
            "clause": _object(clause),
            "named": _object({"name": name, **clause}, required=["name"]),
            "metric": _object(_labels(label for label in CATALOGUE if label.is_of_metric)),
            "schedule": next(_label(label) for label in CATALOGUE if label.is_of_schedule),
            "pool": _pool(),
        },
    }


def _object(properties: Schema, *, required: Iterable[str] = ()) -> Schema:
    needed = list(required)
    found: Schema = {"type": ["object", "null"], "additionalProperties": False, "properties": properties}
    return {**found, "type": "object", "required": needed} if needed else found


def _map(names: str, values: Schema, description: str) -> Schema:
    return {
        "description": description,
        "type": ["object", "null"],
        "propertyNames": {"pattern": names},
        "additionalProperties": values,
    }


# --- labels --------------------------------------------------------------------------------------------------------


def _labels(labels: Iterable[Label]) -> Schema:
    return {label.key: _label(label) for label in labels if label.is_supported}


def _label(label: Label) -> Schema:
    described: Schema = {"description": label.meaning.replace("`", ""), "examples": list(label.examples)}
    if label.default is not None:
        described["default"] = label.default
    if not label.slots:
        return {**described, **label.form.schema}
    return {**described, "anyOf": [dict(label.form.schema), _slots(label.slots)]}


def _slots(slots: tuple[Slot, ...]) -> Schema:
    required = [slot.key for slot in slots if slot.is_required]
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {slot.key: _slot(slot) for slot in slots},
        **({"required": required} if required else {}),
    }


def _slot(slot: Slot) -> Schema:
    value = dict(slot.form.schema)
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]} if slot.is_list else value


# --- pools ---------------------------------------------------------------------------------------------------------


def _pool() -> Schema:
    keys = {key.key: _pool_key(key) for key in POOL_KEYS}
    keys["labels"] = _map(_NODE_LABEL, _SCALAR, keys["labels"]["description"])
    own = {name: {"type": "object", "description": f"Settings of the provider {name}."} for name in PROVIDERS}
    return {**_object({**keys, **own}, required=["max", "provider"]), "type": "object"}


def _pool_key(key: PoolKey) -> Schema:
    described: Schema = {"description": key.meaning.replace("`", "")}
    if key.default is not None:
        described["default"] = key.default
    if not key.keys:
        return {**described, **key.form.schema}
    below = _object({each.key: _pool_key(each) for each in key.keys})
    if key.is_list:
        return {**described, "anyOf": [below, {"type": "array", "items": below}]}
    if key.may_be_off:
        return {**described, "anyOf": [below, {"enum": ["off", False]}]}
    return {**described, **below}
