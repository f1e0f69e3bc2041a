"""Pools to play the same contract on: one in memory, and one for each provider, as real as it can be had here."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import boto3
from moto import mock_aws

from lab.real import Lab
from skep.adapters.node_providers.aws import AwsProvider
from skep.adapters.node_providers.command import CommandProvider
from skep.adapters.node_providers.hcloud import HcloudProvider
from skep.adapters.node_providers.standby import StandbyProvider
from skep.config.providers import AwsOptions, CommandOptions, HcloudOptions, read_options
from skep.config.providers.user_data import UserDataOptions
from skep.config.secret import Secret
from skep.core.cluster import Availability
from skep.ports import NodeProvider
from tests.adapters.hcloud_stand_in import TOKEN, HcloudStandIn
from tests.fakes.node_provider import FakeNodeProvider
from tests.fakes.swarm import FakeSwarm
from tests.labs import lab_name
from tests.servers import free_port

__all__ = ["MAXIMUM", "PROVIDERS", "Stage", "join_token", "stage_of"]

#: How many machines each pool may have.
MAXIMUM = 4

_EXAMPLE = Path(__file__).parents[2] / "stacks/providers/example"
_REGION = "eu-central-1"
_GROUP = "swarm web"
_JOIN_TOKEN = "SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv-8vxv8rssmk743ojnwacrr2e7c"
_LAB = lab_name("providers")


class Stage(Protocol):
    """A pool, and what a test may arrange at its provider."""

    def provider(self) -> NodeProvider:
        """A worker's way to it; each call gives one that remembers nothing of the others."""

    def start(self) -> None:
        """Let all machines that are on their way run."""

    def break_down(self) -> None:
        """Be out of reach."""

    def come_back(self) -> None:
        """Answer again."""


def join_token() -> Secret:
    """As the Swarm would give it."""
    return Secret(_JOIN_TOKEN)


@contextmanager
def stage_of(name: str, folder: Path) -> Iterator[Stage]:
    """The stage of a provider, for one test."""
    with PROVIDERS[name](folder) as stage:
        yield stage


class _FakeStage:
    def __init__(self) -> None:
        self.fake = FakeNodeProvider(maximum=MAXIMUM)

    def provider(self) -> NodeProvider:
        return self.fake

    def start(self) -> None:
        self.fake.start()

    def break_down(self) -> None:
        self.fake.break_down()

    def come_back(self) -> None:
        self.fake.come_back()


@contextmanager
def _fake(_folder: Path) -> Iterator[Stage]:
    yield _FakeStage()


class _StandbyStage:
    """A Swarm with parked nodes, and with some that are none of the pool's business."""

    def __init__(self) -> None:
        self.swarm = FakeSwarm()
        parked = {"skep.pool": "web", "skep.standby": "parked"}
        for number in range(MAXIMUM):
            self.swarm.add_node(f"web-{number}", availability=Availability.DRAIN, labels=parked)
        self.swarm.add_node("other", availability=Availability.DRAIN, labels={**parked, "skep.pool": "other"})
        self.swarm.add_node("permanent", labels={"skep.pool": "web"})
        self.swarm.add_node("manager", is_manager=True, labels=parked)

    def provider(self) -> NodeProvider:
        return StandbyProvider("web", self.swarm)

    def start(self) -> None:
        """They run already."""

    def break_down(self) -> None:
        self.swarm.break_down()

    def come_back(self) -> None:
        self.swarm.come_back()


@contextmanager
def _standby(_folder: Path) -> Iterator[Stage]:
    yield _StandbyStage()


class _CommandStage:
    """The example that is shipped for operators."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "machines"
        self.options = CommandOptions(
            argv=(str(_EXAMPLE), "--folder", str(self.folder), "--maximum", str(MAXIMUM)),
            env=(("PATH", str(Path(sys.executable).parent)),),
        )

    def provider(self) -> NodeProvider:
        return CommandProvider("web", self.options, join_token=join_token)

    def start(self) -> None:
        """They run already."""

    def break_down(self) -> None:
        self.folder.rename(self.folder.with_suffix(".away"))
        self.folder.touch()

    def come_back(self) -> None:
        self.folder.unlink()
        self.folder.with_suffix(".away").rename(self.folder)


@contextmanager
def _command(folder: Path) -> Iterator[Stage]:
    stage = _CommandStage(folder)
    stage.folder.mkdir()
    yield stage


class _LabStage:
    """Real engines: of a lab that is up for all tests, or for one."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._name = lab.name

    def provider(self) -> NodeProvider:
        options = read_options("web", "lab", {"name": self._name, "maximum": MAXIMUM})
        assert isinstance(options, CommandOptions)
        return CommandProvider("web", options, join_token=join_token)

    def start(self) -> None:
        """They run already."""

    def break_down(self) -> None:
        self._name = "no-such-lab"

    def come_back(self) -> None:
        self._name = self.lab.name


@contextmanager
def _lab(_folder: Path) -> Iterator[Stage]:
    lab = Lab(_LAB, nodes=1)
    try:
        lab.up()
        yield _LabStage(lab)
    finally:
        lab.down()


class _AwsStage:
    """The Auto Scaling that moto plays, inside this process."""

    def __init__(self, closing: ExitStack) -> None:
        self.options = AwsOptions(group=_GROUP, region=_REGION)
        self._closing = closing
        self._endpoint: str | None = None

    def provider(self) -> NodeProvider:
        made = AwsProvider(replace(self.options, endpoint=self._endpoint), timeout=timedelta(seconds=1))
        self._closing.callback(made.close)
        return made

    def start(self) -> None:
        """They run already."""

    def break_down(self) -> None:
        self._endpoint = f"http://127.0.0.1:{free_port()}"

    def come_back(self) -> None:
        self._endpoint = None


@contextmanager
def _aws(_folder: Path) -> Iterator[Stage]:
    with mock_aws(), ExitStack() as closing:
        client: Any = boto3.client("autoscaling", region_name=_REGION)
        closing.callback(client.close)
        client.create_launch_configuration(
            LaunchConfigurationName="worker", ImageId="ami-12c6146b", InstanceType="t3.small"
        )
        client.create_auto_scaling_group(
            AutoScalingGroupName=_GROUP,
            LaunchConfigurationName="worker",
            MinSize=0,
            MaxSize=MAXIMUM,
            DesiredCapacity=0,
            NewInstancesProtectedFromScaleIn=True,
            AvailabilityZones=[f"{_REGION}a"],
        )
        yield _AwsStage(closing)


class _HcloudStage:
    """The stand-in for Hetzner; its project may have no more servers than a pool."""

    def __init__(self, folder: Path, api: HcloudStandIn, endpoint: str) -> None:
        (folder / "token").write_text(f"{TOKEN}\n")
        (folder / "user-data").write_text("#!/bin/sh\ndocker swarm join --token @SKEP_JOIN_TOKEN@ @SKEP_MANAGERS@\n")
        self.api = api
        self.options = HcloudOptions(
            token_file=str(folder / "token"),
            name="swarm-web",
            server_type="cx23",
            endpoint=endpoint,
            user_data=UserDataOptions(template_file=str(folder / "user-data"), managers=("10.0.0.2:2377",)),
        )
        self._endpoint = endpoint

    def provider(self) -> NodeProvider:
        options = replace(self.options, endpoint=self._endpoint)
        return HcloudProvider(options, join_token=join_token, timeout=timedelta(seconds=1))

    def start(self) -> None:
        self.api.start()

    def break_down(self) -> None:
        self._endpoint = f"http://127.0.0.1:{free_port()}"

    def come_back(self) -> None:
        self._endpoint = self.options.endpoint


@contextmanager
def _hcloud(folder: Path) -> Iterator[Stage]:
    api = HcloudStandIn(limit=MAXIMUM)
    with api.serve() as server:
        yield _HcloudStage(folder, api, f"{server.url}/v1")


#: How each provider is set up for a test.
PROVIDERS = {
    "fake": _fake,
    "standby": _standby,
    "command": _command,
    "aws": _aws,
    "hcloud": _hcloud,
    "lab": _lab,
}
