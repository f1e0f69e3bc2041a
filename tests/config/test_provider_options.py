"""Options of providers: what they mean, and everything that is wrong with them at once."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skep.config.providers import (
    PROVIDERS,
    AwsOptions,
    CommandOptions,
    HcloudOptions,
    OptionProblems,
    StandbyOptions,
    read_options,
)
from skep.config.providers.user_data import UserDataOptions

HCLOUD: dict[str, object] = {
    "token-file": "/run/secrets/hcloud_token",
    "name": "swarm-web",
    "server-type": "cx23",
    "user-data-file": "/run/configs/cloud-init.yml",
    "managers": ["10.0.0.2:2377", "[fd00::2]:2377"],
}
AWS: dict[str, object] = {"group": "swarm web", "region": "eu-central-1"}


def sentences(provider: str, options: dict[str, Any]) -> list[str]:
    read = read_options("web", provider, options)
    assert isinstance(read, OptionProblems), read
    return [problem.sentence for problem in read.problems]


# --- what they mean -------------------------------------------------------------------------------------------------


def test_standby_has_no_options() -> None:
    assert read_options("web", "standby", {}) == StandbyOptions()


def test_a_command_needs_no_more_than_its_program() -> None:
    assert read_options("web", "command", {"command": "/usr/local/bin/machines"}) == CommandOptions(
        argv=("/usr/local/bin/machines",), timeout=timedelta(seconds=15), env=(), folder="/", user_data=None
    )


def test_everything_may_be_said_of_a_command() -> None:
    options = {
        "command": ["/usr/bin/env", "python3", "machines.py", "--max", 5, ""],
        "timeout": "1m",
        "env": {"API_URL": "https://cloud.example.com", "VERBOSE": True, "DEPTH": 3},
        "folder": "/srv/provider",
        "user-data-file": "/run/configs/cloud-init.yml",
        "managers": "manager-1:2377",
        "join-token-file": "/run/secrets/join_token",
    }
    assert read_options("web", "command", options) == CommandOptions(
        argv=("/usr/bin/env", "python3", "machines.py", "--max", "5", ""),
        timeout=timedelta(minutes=1),
        env=(("API_URL", "https://cloud.example.com"), ("DEPTH", "3"), ("VERBOSE", "true")),
        folder="/srv/provider",
        user_data=UserDataOptions(
            template_file="/run/configs/cloud-init.yml",
            managers=("manager-1:2377",),
            join_token_file="/run/secrets/join_token",
        ),
    )


def test_a_group_needs_its_region() -> None:
    assert read_options("web", "aws", AWS) == AwsOptions(group="swarm web", region="eu-central-1")


def test_everything_may_be_said_of_a_group() -> None:
    options = {
        **AWS,
        "credentials-file": "/run/secrets/aws",
        "profile": "skep",
        "endpoint": "http://localstack:4566/",
        "protected-machines": "keep",
    }
    assert read_options("web", "aws", options) == AwsOptions(
        group="swarm web",
        region="eu-central-1",
        credentials_file="/run/secrets/aws",
        profile="skep",
        endpoint="http://localstack:4566",
        keeps_protected=True,
    )


def test_servers_need_a_type_a_name_a_token_and_a_way_to_join() -> None:
    assert read_options("web", "hcloud", HCLOUD) == HcloudOptions(
        token_file="/run/secrets/hcloud_token",
        name="swarm-web",
        server_type="cx23",
        user_data=UserDataOptions(
            template_file="/run/configs/cloud-init.yml", managers=("10.0.0.2:2377", "[fd00::2]:2377")
        ),
    )


def test_everything_may_be_said_of_servers() -> None:
    options = {
        **HCLOUD,
        "image": 114690387,
        "location": "fsn1",
        "ssh-keys": ["ops", 42],
        "networks": [4711],
        "firewalls": 38,
        "placement-group": "897",
        "public-ipv4": False,
        "public-ipv6": "no",
        "labels": {"team": "platform", "cost": 7},
        "endpoint": "http://127.0.0.1:8080/v1",
    }
    read = read_options("web", "hcloud", options)
    assert isinstance(read, HcloudOptions)
    assert (read.image, read.location, read.ssh_keys) == ("114690387", "fsn1", ("ops", "42"))
    assert (read.networks, read.firewalls, read.placement_group) == ((4711,), (38,), 897)
    assert (read.has_public_ipv4, read.has_public_ipv6) == (False, False)
    assert read.labels == (("cost", "7"), ("team", "platform"))
    assert read.endpoint == "http://127.0.0.1:8080/v1"


def test_a_lab_is_a_command_that_can_be_run_from_anywhere() -> None:
    read = read_options("web", "lab", {"name": "practice", "maximum": 7})
    assert isinstance(read, CommandOptions)
    assert read.argv == (sys.executable, "-m", "lab.real.provider", "--lab", "practice", "--maximum", "7")
    assert (Path(read.folder) / "lab/real/provider.py").is_file()


# --- what is wrong with them ----------------------------------------------------------------------------------------


def test_a_provider_that_nobody_knows_is_told_with_the_one_that_was_meant() -> None:
    assert sentences("Hcloud ", {}) == [
        'pool web: provider is "Hcloud ", expected one of standby, command, aws, hcloud, lab, for example hcloud'
    ]


def test_everything_that_is_missing_is_told_at_once() -> None:
    missing = [sentence.split(" is missing")[0] for sentence in sentences("hcloud", {})]
    assert missing == [
        f"pool web, provider hcloud: {option}"
        for option in ("user-data-file", "managers", "token-file", "name", "server-type")
    ]


@pytest.mark.parametrize(
    ("provider", "options", "sentence"),
    [
        pytest.param(
            "standby",
            {"max": 3},
            'pool web, provider standby: an option is "max", expected none, since this provider has no options,'
            " for example the pool without it",
            id="an option too many",
        ),
        pytest.param(
            "aws",
            {**AWS, "regoin": "eu-west-1"},
            'pool web, provider aws: an option is "regoin", expected one of credentials-file, endpoint, group,'
            " profile, protected-machines, region, for example region",
            id="a misspelt option",
        ),
        pytest.param(
            "aws",
            {"group": "", "region": "Frankfurt"},
            'pool web, provider aws: region is "Frankfurt", expected the name of a region, for example eu-central-1',
            id="a place in place of a region",
        ),
        pytest.param(
            "aws",
            {**AWS, "protected-machines": True},
            'pool web, provider aws: protected-machines is "true", expected delete or keep, for example delete',
            id="a flag in place of a word",
        ),
        pytest.param(
            "command",
            {"command": ["machines.sh", "--zone"]},
            'pool web, provider command: command is "machines.sh", expected the absolute path of a program,'
            " and its arguments, in a list, for example [/usr/local/bin/machines, --zone, a]",
            id="a program to be searched for",
        ),
        pytest.param(
            "command",
            {"command": []},
            'pool web, provider command: command is "a list of 0", expected the absolute path of a program,'
            " and its arguments, in a list, for example [/usr/local/bin/machines, --zone, a]",
            id="a command of nothing",
        ),
        pytest.param(
            "command",
            {"command": "/bin/true", "timeout": 15},
            'pool web, provider command: timeout is "15", expected a duration with its unit (d, h, m, s, ms)'
            " from 1s to 5m, for example 15s",
            id="a timeout without unit",
        ),
        pytest.param(
            "command",
            {"command": "/bin/true", "env": {"A-B": "x"}},
            'pool web, provider command: env.A-B is "***", expected names of variables, each with one line of text;'
            " a secret as the path of a file, for example {API_URL: https://cloud.example.com,"
            " API_TOKEN_FILE: /run/secrets/cloud_token}",
            id="a variable with a wrong name",
        ),
        pytest.param(
            "command",
            {"command": "/bin/true", "managers": ["10.0.0.2:2377"]},
            "pool web, provider command: user-data-file is missing, expected the path of a template for user data,"
            " for example /run/configs/cloud-init.yml",
            id="half of what user data needs",
        ),
        pytest.param(
            "lab",
            {"maximum": 0},
            'pool web, provider lab: maximum is "0", expected a whole number from 1 to 200, for example 5',
            id="a lab without machines",
        ),
        pytest.param(
            "hcloud",
            {**HCLOUD, "managers": ["10.0.0.2:2377", "10.0.0.3"]},
            'pool web, provider hcloud: managers is "10.0.0.3", expected the address of a manager with its port,'
            " or several of them in a list, for example 10.0.0.2:2377",
            id="a manager without port",
        ),
        pytest.param(
            "hcloud",
            {**HCLOUD, "name": "Swarm_Web"},
            "pool web, provider hcloud: name is \"Swarm_Web\", expected 1 to 40 of a-z, 0-9 and '-', not at an end,"
            " for example swarm-web",
            id="a name that no host may have",
        ),
        pytest.param(
            "hcloud",
            {**HCLOUD, "public-ipv4": False, "public-ipv6": False},
            "pool web, provider hcloud: networks is missing, expected a private network, where there is no public"
            " address, for example [4711]",
            id="servers that nobody reaches",
        ),
        pytest.param(
            "hcloud",
            {**HCLOUD, "networks": {"id": 4711}},
            'pool web, provider hcloud: networks is "a mapping of 1", expected numbers as Hetzner lists them,'
            " in a list, for example [4711]",
            id="a mapping in place of a list",
        ),
        pytest.param(
            "hcloud",
            {**HCLOUD, "labels": {"skep.pool": "other"}},
            'pool web, provider hcloud: labels.skep.pool is "***", expected names that do not begin with skep.,'
            " with values, both of letters, digits, '-', '_' and '.', for example {team: platform}",
            id="a label that is skep's own",
        ),
    ],
)
def test_what_is_wrong_is_told_with_place_expectation_and_example(
    provider: str, options: dict[str, Any], sentence: str
) -> None:
    assert sentence in sentences(provider, options)


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        pytest.param("hcloud", {**HCLOUD, "token-file": "hunter2"}, id="pasted in place of its path"),
        pytest.param("hcloud", {**HCLOUD, "token": "hunter2"}, id="under a name of its own"),
        pytest.param(
            "command", {"command": "/bin/true", "env": {"TOKEN": "hunter2\nhunter2"}}, id="in the environment"
        ),
        pytest.param("command", {"command": "/bin/true", "env": {"TO KEN": "hunter2"}}, id="beside a wrong name"),
    ],
)
def test_what_may_be_a_secret_is_not_shown(provider: str, options: dict[str, Any]) -> None:
    assert "hunter2" not in " ".join(sentences(provider, options))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*HCLOUD, *AWS, "command", "timeout", "env", "folder", "labels", "endpoint", "image"])


@given(provider=st.sampled_from(PROVIDERS), options=st.dictionaries(NAMES | st.text(), JUNK, max_size=8))
def test_nonsense_is_told_in_short_sentences_and_never_crashes(provider: str, options: dict[str, Any]) -> None:
    read = read_options("web", provider, options)
    if isinstance(read, OptionProblems):
        assert read.problems
        assert all(len(problem.sentence) < 600 and problem.sentence.isprintable() for problem in read.problems)
