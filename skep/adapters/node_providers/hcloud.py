"""Machines that are servers of the Hetzner Cloud.

A project has each name of a server once. The name of a new one is made of its pool, its order and its place in that
order, so that an order delivered twice, or by two workers at once, meets its own servers. Only servers that carry the
label of the pool are ever seen or deleted.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from skep.adapters.node_providers.hcloud_api import POOL_LABEL, HcloudApi, Server
from skep.adapters.node_providers.ordering import check_order, digest_of
from skep.adapters.node_providers.user_data import read_token_file, read_user_data
from skep.config.providers import HcloudOptions
from skep.config.secret import Secret
from skep.core.machines import Deletion, Increase, Machine, MachineState, PoolMachines

__all__ = ["HcloudProvider"]

_TIMEOUT = timedelta(seconds=5)
_REQUEST_LABEL = "skep.request"

_STATES: Mapping[str, MachineState] = {
    "initializing": MachineState.STARTING,
    "starting": MachineState.STARTING,
    "running": MachineState.RUNNING,
    "stopping": MachineState.FAILED,
    "off": MachineState.FAILED,
    "deleting": MachineState.STOPPING,
}
# A word for something in between, such as migrating: nothing of ours, so nothing is done about it.
_OTHERWISE = MachineState.RUNNING


class HcloudProvider:
    """Implements :class:`skep.ports.NodeProvider`; a machine's id is the number of its server."""

    def __init__(
        self, options: HcloudOptions, *, join_token: Callable[[], Secret], timeout: timedelta = _TIMEOUT
    ) -> None:
        """Keep which servers to make; nothing is sent yet.

        Args:
            options: of the pool.
            join_token: asks the Swarm, where user data needs it.
            timeout: for connecting, and for each wait for more of an answer.
        """
        self._options = options
        self._join_token = join_token
        self._timeout = timeout

    def describe(self) -> PoolMachines:
        """As :meth:`skep.ports.NodeProvider.describe` says."""
        with self._api() as api:
            machines = tuple(map(_machine, api.servers()))
        return PoolMachines(target=sum(map(_is_wanted, machines)), machines=machines)

    def target(self) -> int:
        """As :meth:`skep.ports.NodeProvider.target` says."""
        return self.describe().target

    def increase(self, machines: int, *, request_id: str) -> Increase:
        """As :meth:`skep.ports.NodeProvider.increase` says.

        An order is known by its servers: one of them that was deleted since is made again.
        """
        check_order(machines, request_id)
        digest = digest_of(request_id)
        names = [f"{self._options.name}-{digest}-{place}" for place in range(1, machines + 1)]
        with self._api() as api:
            there = {server.name for server in api.servers()}
            missing = [name for name in names if name not in there]
            return self._make(api, missing, digest, ordered=machines - len(missing))

    def delete(self, machine_ids: Sequence[str]) -> Deletion:
        """As :meth:`skep.ports.NodeProvider.delete` says."""
        if not machine_ids:
            return Deletion(gone=())
        refusals = {}
        with self._api() as api:
            there = {machine.id for machine in map(_machine, api.servers()) if _is_wanted(machine)}
            for machine_id in machine_ids:
                refusal = api.delete(machine_id) if machine_id in there else None
                if refusal is not None:
                    refusals[machine_id] = refusal
        gone = tuple(machine_id for machine_id in machine_ids if machine_id not in refusals)
        return Deletion(gone=gone, refusal=next(iter(refusals.values()), None))

    def _api(self) -> HcloudApi:
        """A conversation with the token as it is now."""
        options = self._options
        token = read_token_file(options.token_file)
        return HcloudApi(options.endpoint, token, pool=options.name, timeout=self._timeout)

    def _make(self, api: HcloudApi, names: Sequence[str], digest: str, *, ordered: int) -> Increase:
        if not names:
            return Increase(ordered=ordered)
        # Not before it is known that it is needed: a join token may be in there.
        user_data = read_user_data(self._options.user_data, join_token=self._join_token)
        for name in names:
            refusal = api.create(self._wish(name, digest), user_data.for_host(name))
            if refusal is not None:
                return Increase(ordered=ordered, refusal=refusal)
            ordered += 1
        return Increase(ordered=ordered)

    def _wish(self, name: str, digest: str) -> dict[str, Any]:
        """The server to be made, but for its user data."""
        options = self._options
        return {
            "name": name,
            "server_type": options.server_type,
            "image": options.image,
            "ssh_keys": list(options.ssh_keys),
            "networks": list(options.networks),
            "firewalls": [{"firewall": number} for number in options.firewalls],
            "labels": {**dict(options.labels), POOL_LABEL: options.name, _REQUEST_LABEL: digest},
            "public_net": {"enable_ipv4": options.has_public_ipv4, "enable_ipv6": options.has_public_ipv6},
            "start_after_create": True,
            **({"location": options.location} if options.location else {}),
            **({"placement_group": options.placement_group} if options.placement_group else {}),
        }


def _is_wanted(machine: Machine) -> bool:
    return machine.state is not MachineState.STOPPING


def _machine(server: Server) -> Machine:
    public = server.public_net.ipv4
    private = [net.ip for net in server.private_net if net.ip]
    return Machine(
        id=str(server.id),
        state=_STATES.get(server.status, _OTHERWISE),
        hostname=server.name,
        addresses=(*private, *([public.ip] if public else [])),
        created_at=server.created,
        detail=server.status,
    )
