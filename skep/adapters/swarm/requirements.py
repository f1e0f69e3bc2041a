"""What a service requires of a node, from the engine's JSON."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from skep.adapters.swarm import wire
from skep.core.requirements import (
    Constraint,
    GenericResource,
    HostPort,
    LabelScope,
    Mount,
    MountKind,
    Operator,
    Platform,
    Plugin,
    PluginKind,
    Requirements,
    SpreadOver,
)

__all__ = ["constraint", "generic", "network_plugins", "platform", "plugins", "requirements"]

_LOCAL_DRIVER = "local"
# Made once: making a decoder takes longer than what it mostly has to read.
_ATTACHMENTS = msgspec.json.Decoder(list[wire.NetworkAttachment] | None)
_PLUGINS = msgspec.json.Decoder(list[wire.Plugin] | None)
#: Thousands of services say the same few things; each is kept once.
_kept_once = lru_cache(maxsize=4096)
# An engine with the option to log nowhere has no plugin for that.
_NO_LOGS = frozenset({"", "none"})


def requirements(spec: wire.ServiceSpec) -> Requirements:
    """What a spec requires, but for the drivers of the networks it is on, which only its swarm tasks tell."""
    template = spec.task_template or wire.TaskTemplate()
    placement = template.placement or wire.Placement()
    container = template.container_spec or wire.ContainerSpec()
    mounts = tuple(map(_mount, container.mounts or ()))
    reservations = (template.resources and template.resources.reservations) or wire.Amounts()
    endpoint = spec.endpoint_spec or wire.Endpoint()
    return Requirements(
        constraints=tuple(map(constraint, placement.constraints or ())),
        spreads=tuple(_spreads(placement.preferences or ())),
        platforms=tuple(map(platform, placement.platforms or ())),
        max_replicas_per_node=placement.max_replicas or None,
        host_ports=tuple(_host_ports(endpoint.ports or ())),
        mounts=mounts,
        plugins=(*_volume_plugins(mounts), *_log_plugins(template.log_driver)),
        generic=generic(reservations.generic_resources),
    )


@_kept_once
def constraint(text: str) -> Constraint:
    """A constraint as Swarm reads it: split at ``==``, else at ``!=``, whatever else stands in it."""
    for operator in (Operator.EQUALS, Operator.DIFFERS):
        key, found, value = text.partition(operator.value)
        if found:
            return Constraint(key=key.strip(), operator=operator, value=value.strip(), text=text)
    return Constraint(key="", operator=Operator.UNKNOWN, value="", text=text)


_SCOPES: Mapping[str, LabelScope] = {"node.labels.": LabelScope.NODE, "engine.labels.": LabelScope.ENGINE}


def _spreads(preferences: Iterable[wire.Preference]) -> Iterator[SpreadOver]:
    """Those that Swarm heeds: the ones that name a label."""
    for preference in preferences:
        spread = _spread((preference.spread and preference.spread.spread_descriptor) or "")
        if spread is not None:
            yield spread


@_kept_once
def _spread(descriptor: str) -> SpreadOver | None:
    for prefix, scope in _SCOPES.items():
        if descriptor[: len(prefix)].lower() == prefix and len(descriptor) > len(prefix):
            return SpreadOver(scope=scope, label=descriptor[len(prefix) :])
    return None


def platform(described: wire.Platform | None) -> Platform:
    """A platform in the engine's own spelling."""
    described = described or wire.Platform()
    return _platform(described.os or "", described.architecture or "")


@_kept_once
def _platform(os: str, architecture: str) -> Platform:
    return Platform(os=os, architecture=architecture)


def _host_ports(ports: Iterable[wire.Port]) -> Iterator[HostPort]:
    """Those of the node itself; one that the engine may choose stands in nobody's way."""
    for port in ports:
        if port.publish_mode == "host" and port.published_port:
            yield _host_port(port.published_port, port.protocol or "tcp")


@_kept_once
def _host_port(port: int, protocol: str) -> HostPort:
    return HostPort(port=port, protocol=protocol)


def _mount(mount: wire.Mount) -> Mount:
    driver = (mount.volume_options and mount.volume_options.driver_config) or wire.Driver()
    return Mount(
        kind=_MOUNT_KINDS.get(mount.type or "", MountKind.OTHER),
        source=mount.source or "",
        target=mount.target or "",
        is_read_only=bool(mount.read_only),
        driver=driver.name or "",
        file_system=(driver.options or {}).get("type", ""),
    )


_MOUNT_KINDS: Mapping[str, MountKind] = {kind.value: kind for kind in MountKind}


def _volume_plugins(mounts: Iterable[Mount]) -> Iterator[Plugin]:
    for mount in mounts:
        if mount.kind is MountKind.VOLUME and mount.driver not in {"", _LOCAL_DRIVER}:
            yield _plugin(PluginKind.VOLUME, mount.driver)


def _log_plugins(driver: wire.LogDriver | None) -> Iterator[Plugin]:
    name = (driver and driver.name) or ""
    if name not in _NO_LOGS:
        yield _plugin(PluginKind.LOG, name)


def network_plugins(attachments: bytes) -> tuple[Plugin, ...]:
    """The drivers of the networks that a swarm task is on, each once."""
    decoded = wire.read(attachments, _ATTACHMENTS) or ()
    states = [attachment.network.driver_state for attachment in decoded if attachment.network is not None]
    return _networks(tuple([state.name for state in states if state is not None and state.name]))


@_kept_once
def _networks(drivers: tuple[str, ...]) -> tuple[Plugin, ...]:
    return tuple(_plugin(PluginKind.NETWORK, driver) for driver in dict.fromkeys(drivers))


@_kept_once
def _plugin(kind: PluginKind, name: str) -> Plugin:
    return Plugin(kind=kind, name=name)


@_kept_once
def plugins(text: bytes) -> tuple[Plugin, ...]:
    """The drivers of an engine that decide where something can run."""
    return tuple(
        _plugin(_PLUGIN_KINDS[plugin.type], plugin.name)
        for plugin in wire.read(text, _PLUGINS) or ()
        if plugin.type in _PLUGIN_KINDS and plugin.name
    )


_PLUGIN_KINDS: Mapping[str | None, PluginKind] = {kind.value: kind for kind in PluginKind}


def generic(resources: Iterable[wire.GenericResource] | None) -> tuple[GenericResource, ...]:
    """Generic resources, counted or by name."""
    return tuple(_generic(resources or ()))


def _generic(resources: Iterable[wire.GenericResource]) -> Iterator[GenericResource]:
    for resource in resources:
        if (counted := resource.discrete_resource_spec) is not None:
            yield GenericResource(kind=counted.kind, amount=counted.value)
        elif (named := resource.named_resource_spec) is not None:
            yield GenericResource(kind=named.kind, name=named.value)
