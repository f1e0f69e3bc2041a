"""The provider of a pool is chosen by its options, and only what is chosen is loaded."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from skep import wiring
from skep.adapters.node_providers.aws import AwsProvider
from skep.adapters.node_providers.command import CommandProvider
from skep.adapters.node_providers.hcloud import HcloudProvider
from skep.adapters.node_providers.standby import StandbyProvider
from skep.config.providers import AwsOptions, CommandOptions, HcloudOptions, ProviderOptions, StandbyOptions
from skep.config.providers.user_data import UserDataOptions
from skep.errors import Permanent

ROOT = Path(__file__).parents[2]
COMMAND = CommandOptions(argv=("/usr/local/bin/machines",))
AWS = AwsOptions(group="swarm-web", region="eu-central-1")
HCLOUD = HcloudOptions(
    token_file="/run/secrets/hcloud_token",
    name="swarm-web",
    server_type="cx23",
    user_data=UserDataOptions(template_file="/run/configs/cloud-init.yml", managers=("10.0.0.2:2377",)),
)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    yield
    wiring.forget_world()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        pytest.param(StandbyOptions(), StandbyProvider, id="standby"),
        pytest.param(COMMAND, CommandProvider, id="command"),
        pytest.param(AWS, AwsProvider, id="aws"),
        pytest.param(HCLOUD, HcloudProvider, id="hcloud"),
    ],
)
def test_the_options_say_which_provider_it_is(options: ProviderOptions, kind: type) -> None:
    assert type(wiring.provider_of("web", options)) is kind


def test_a_pool_keeps_its_provider_until_the_world_is_forgotten() -> None:
    first = wiring.provider_of("web", COMMAND)
    assert wiring.provider_of("web", COMMAND) is first
    assert wiring.provider_of("other", COMMAND) is not first
    wiring.forget_world()
    assert wiring.provider_of("web", COMMAND) is not first


def test_a_library_that_is_missing_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("skep.adapters.node_providers.aws")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Permanent, match="pool web: the provider aws needs boto3; install skep with its extra aws"):
        wiring.provider_of("web", AWS)


def test_nothing_is_loaded_for_providers_that_are_not_used() -> None:
    lines = """
import sys
from skep.config.providers import read_options
from skep.wiring import provider_of
provider_of("web", read_options("web", "command", {"command": "/bin/true"}))
print({"boto3", "botocore", "docker"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
