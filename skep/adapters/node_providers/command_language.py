"""What skep and an operator's program say to each other: JSON on standard input and output.

The structures here are the definition; docs/command-provider.schema.json is made from them. They say what the values
of the core say, and are strict where those trust their makers: a misspelt field is an error and no silence.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from skep.core.machines import MachineState, RefusalKind

__all__ = ["Asked", "Deleted", "Described", "Increased", "schema"]

_Count = Annotated[int, Meta(ge=0, le=100_000)]
_Id = Annotated[str, Meta(min_length=1, max_length=256)]
_Line = Annotated[str, Meta(max_length=500)]
_Hint = Annotated[str, Meta(max_length=253)]
_Instant = Annotated[datetime, Meta(tz=True)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program finds on its standard input; the word for what is wanted is its last argument."""

    protocol: Literal[1]
    pool: str
    machines: Annotated[int | None, Meta(description="increase: how many machines more are wanted")] = None
    request_id: Annotated[str | None, Meta(description="increase: the name of this order; fulfil it once")] = None
    user_data: Annotated[str | None, Meta(description="increase: what a new machine runs at its first start")] = None
    machine_ids: Annotated[tuple[str, ...] | None, Meta(description="delete: which machines shall go")] = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A no, with a reason for the operator."""

    kind: RefusalKind
    reason: _Line


class Machine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One machine, from its order until it is gone."""

    id: _Id
    state: MachineState
    hostname: _Hint = ""
    addresses: Annotated[tuple[_Hint, ...], Meta(max_length=100, description="those of private networks first")] = ()
    node_id: Annotated[_Id | None, Meta(description="of the node that it is, if that is known")] = None
    created_at: Annotated[_Instant | None, Meta(description="with its offset from UTC")] = None
    detail: _Line = ""


class Described(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to ``describe``."""

    target: Annotated[_Count, Meta(description="how many machines there shall be, those on order included")]
    minimum: _Count = 0
    maximum: _Count | None = None
    machines: Annotated[tuple[Machine, ...], Meta(max_length=10_000)] = ()
    shortfall: Annotated[Refusal | None, Meta(description="why there are fewer machines than the target")] = None
    cautions: Annotated[tuple[_Line, ...], Meta(max_length=100, description="what the operator should mend")] = ()
    stay_joined: Annotated[bool, Meta(description="a deleted machine's node stays in the Swarm, parked")] = False


class Increased(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to ``increase``."""

    ordered: Annotated[_Count, Meta(description="machines ordered under this request id, now and before")]
    refusal: Annotated[Refusal | None, Meta(description="why they are fewer than wanted")] = None


class Deleted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to ``delete``."""

    gone: Annotated[tuple[str, ...], Meta(description="those asked for that are gone, going, or unknown")]
    refusal: Annotated[Refusal | None, Meta(description="why the others are still there")] = None


def schema() -> dict[str, Any]:
    """A JSON schema with the question and the three answers below ``$defs``."""
    structures = [Asked, Described, Increased, Deleted]
    _, components = msgspec.json.schema_components(structures, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What skep and a program of the provider `command` say to each other",
        "$defs": components,
    }
