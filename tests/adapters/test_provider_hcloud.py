"""Servers of the Hetzner Cloud, as a stand-in answers for it: what is sent, what is never touched, what is refused."""

import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from skep.adapters.node_providers.hcloud import HcloudProvider
from skep.config.providers import HcloudOptions
from skep.config.providers.user_data import UserDataOptions
from skep.config.secret import Secret
from skep.core.machines import Deletion, Increase, MachineState, RefusalKind
from skep.errors import Permanent, SkepError, Temporary
from tests.adapters.hcloud_stand_in import TOKEN, HcloudStandIn, failure
from tests.adapters.provider_stage import join_token
from tests.adapters.stand_in import Reply, StandIn

IMPATIENT = timedelta(milliseconds=300)
OURS = {"skep.pool": "swarm-web"}


@pytest.fixture
def api() -> HcloudStandIn:
    return HcloudStandIn()


@pytest.fixture
def server(api: HcloudStandIn) -> Iterator[StandIn]:
    with api.serve() as server:
        yield server


@pytest.fixture
def options(tmp_path: Path, server: StandIn) -> HcloudOptions:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "user-data").write_text("#!/bin/sh\n# @SKEP_HOSTNAME@\njoin @SKEP_JOIN_TOKEN@ @SKEP_MANAGERS@\n")
    return HcloudOptions(
        token_file=str(tmp_path / "token"),
        name="swarm-web",
        server_type="cx23",
        user_data=UserDataOptions(template_file=str(tmp_path / "user-data"), managers=("10.0.0.2:2377",)),
        endpoint=f"{server.url}/v1",
    )


@pytest.fixture
def provider(options: HcloudOptions) -> HcloudProvider:
    return provider_of(options)


def provider_of(options: HcloudOptions) -> HcloudProvider:
    return HcloudProvider(options, join_token=join_token, timeout=IMPATIENT)


# --- what is sent ---------------------------------------------------------------------------------------------------


def test_a_server_is_made_as_the_policy_says(api: HcloudStandIn, options: HcloudOptions) -> None:
    wanted = replace(
        options,
        image="debian-12",
        location="fsn1",
        ssh_keys=("ops", "42"),
        networks=(4711,),
        firewalls=(38,),
        placement_group=897,
        has_public_ipv4=False,
        labels=(("team", "platform"),),
    )
    provider_of(wanted).increase(1, request_id="r1")
    (body,) = api.created
    name = body.pop("name")
    assert body.pop("user_data") == f"#!/bin/sh\n# {name}\njoin {join_token().reveal()} 10.0.0.2:2377\n"
    digest = body["labels"].pop("skep.request")
    assert name == f"swarm-web-{digest}-1"
    assert body == {
        "server_type": "cx23",
        "image": "debian-12",
        "location": "fsn1",
        "ssh_keys": ["ops", "42"],
        "networks": [4711],
        "firewalls": [{"firewall": 38}],
        "placement_group": 897,
        "public_net": {"enable_ipv4": False, "enable_ipv6": True},
        "labels": {"skep.pool": "swarm-web", "team": "platform"},
        "start_after_create": True,
    }


def test_what_the_policy_leaves_open_is_left_to_hetzner(api: HcloudStandIn, provider: HcloudProvider) -> None:
    provider.increase(1, request_id="r1")
    (body,) = api.created
    assert not {"location", "placement_group"} & body.keys()


def test_names_can_be_host_names_whatever_the_order_is_called(api: HcloudStandIn, options: HcloudOptions) -> None:
    longest = replace(options, name="a" * 40)
    provider_of(longest).increase(12, request_id="an order/with: signs")
    names = [body["name"] for body in api.created]
    assert len(set(names)) == 12
    assert all(len(name) <= 63 and set(name) <= set("abcdef0123456789-") for name in names)


def test_the_token_is_read_anew_for_each_order(options: HcloudOptions, provider: HcloudProvider) -> None:
    provider.describe()
    Path(options.token_file).write_text("revoked\n")
    with pytest.raises(Permanent, match="401: unable to authenticate"):
        provider.describe()


def test_the_join_token_is_asked_for_only_where_a_server_is_made(options: HcloudOptions) -> None:
    asked: list[str] = []

    def counted() -> Secret:
        asked.append("join token")
        return join_token()

    provider = HcloudProvider(options, join_token=counted, timeout=IMPATIENT)
    for request_id in ("r1", "r1", "r2"):
        provider.increase(2, request_id=request_id)
    provider.delete([provider.describe().machines[0].id])
    assert asked == ["join token"] * 2


# --- what is seen and what is never touched -------------------------------------------------------------------------


def test_a_server_is_seen_with_its_addresses_private_ones_first(api: HcloudStandIn, provider: HcloudProvider) -> None:
    number = api.add("swarm-web-1", labels=OURS)
    (machine,) = provider.describe().machines
    assert (machine.id, machine.hostname, machine.state) == (str(number), "swarm-web-1", MachineState.RUNNING)
    assert machine.addresses == (f"10.0.0.{number % 255}", f"203.0.113.{number % 255}")
    assert machine.created_at == datetime(2026, 3, 1, 12, 0, number % 60, tzinfo=UTC)


def test_a_server_without_public_address_or_network_is_seen(api: HcloudStandIn, provider: HcloudProvider) -> None:
    api.servers[api.add("swarm-web-1", labels=OURS)] |= {
        "public_net": {"ipv4": None, "ipv6": None, "floating_ips": []},
        "private_net": [],
    }
    (machine,) = provider.describe().machines
    assert machine.addresses == ()


@pytest.mark.parametrize(
    ("status", "state", "target"),
    [
        ("initializing", MachineState.STARTING, 1),
        ("starting", MachineState.STARTING, 1),
        ("running", MachineState.RUNNING, 1),
        ("stopping", MachineState.FAILED, 1),
        ("off", MachineState.FAILED, 1),
        ("deleting", MachineState.STOPPING, 0),
        ("migrating", MachineState.RUNNING, 1),
        ("a word of next year", MachineState.RUNNING, 1),
    ],
)
def test_the_words_of_hetzner_are_understood(
    api: HcloudStandIn, provider: HcloudProvider, status: str, state: MachineState, target: int
) -> None:
    api.add("swarm-web-1", labels=OURS, status=status)
    pool = provider.describe()
    assert ([machine.state for machine in pool.machines], pool.target) == ([state], target)


def test_all_pages_are_read(api: HcloudStandIn, provider: HcloudProvider) -> None:
    api.largest_page = 3
    numbers = [api.add(f"swarm-web-{number}", labels=OURS) for number in range(8)]
    assert {machine.id for machine in provider.describe().machines} == set(map(str, numbers))


def test_a_server_that_moves_to_the_next_page_while_they_are_read_counts_once(
    api: HcloudStandIn, provider: HcloudProvider
) -> None:
    api.largest_page = 1
    number = api.add("swarm-web-1", labels=OURS)
    api.add("swarm-web-2", labels=OURS)
    api.servers = {number: api.servers[number], number + 1: api.servers[number]}
    pool = provider.describe()
    assert ([machine.id for machine in pool.machines], pool.target) == ([str(number)], 1)


def test_servers_of_others_are_neither_seen_nor_deleted(api: HcloudStandIn, provider: HcloudProvider) -> None:
    others = [
        api.add("mine"),
        api.add("web", labels={"skep.pool": "other"}),
        api.add("db", labels={"pool": "swarm-web"}),
    ]
    assert provider.describe().machines == ()
    ids = tuple(map(str, others))
    assert provider.delete(ids) == Deletion(gone=ids)
    assert set(api.servers) == set(others)


def test_a_server_that_is_going_is_not_deleted_again(
    api: HcloudStandIn, server: StandIn, provider: HcloudProvider
) -> None:
    number = api.add("swarm-web-1", labels=OURS, status="deleting")
    provider.delete([str(number)])
    assert "DELETE" not in {asked.method for asked in server.asked}


# --- orders that were interrupted -----------------------------------------------------------------------------------


def test_an_order_that_was_cut_off_is_completed(api: HcloudStandIn, provider: HcloudProvider) -> None:
    provider.increase(3, request_id="r1")
    del api.servers[max(api.servers)]
    api.created.clear()
    assert provider.increase(3, request_id="r1") == Increase(ordered=3)
    assert len(api.created) == 1


def test_a_server_that_another_worker_has_just_made_is_not_made_twice(
    api: HcloudStandIn, server: StandIn, provider: HcloudProvider
) -> None:
    """It is not in the list yet, as between the list and the order of a worker that was slower."""
    provider.increase(1, request_id="r1")
    (made,) = api.servers.values()
    made["labels"] = {}
    assert provider.increase(1, request_id="r1") == Increase(ordered=1)
    assert [asked.method for asked in server.asked].count("POST") == 2
    assert len(api.servers) == 1


def test_a_server_that_went_while_it_was_to_be_deleted_is_gone(api: HcloudStandIn, provider: HcloudProvider) -> None:
    number = api.add("swarm-web-1", labels=OURS)
    api.replies["DELETE"] = failure(404, "not_found")
    assert provider.delete([str(number)]) == Deletion(gone=(str(number),))


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("resource_limit_exceeded", 403, RefusalKind.QUOTA),
        ("resource_unavailable", 422, RefusalKind.NO_CAPACITY),
        ("placement_error", 412, RefusalKind.NO_CAPACITY),
    ],
)
def test_a_no_of_hetzner_is_an_answer(
    api: HcloudStandIn, provider: HcloudProvider, code: str, status: int, kind: RefusalKind
) -> None:
    api.replies["POST"] = failure(status, code, "not now")
    increase = provider.increase(2, request_id="r1")
    assert increase.refusal is not None
    assert (increase.ordered, increase.refusal.kind) == (0, kind)
    assert increase.refusal.reason.endswith(f"POST /servers: {status}: not now")


def test_a_protected_server_stays_and_the_others_go(api: HcloudStandIn, provider: HcloudProvider) -> None:
    number = str(api.add("swarm-web-1", labels=OURS))
    api.replies["DELETE"] = failure(403, "protected", "server is protected")
    deletion = provider.delete([number, "4242"])
    assert deletion.gone == ("4242",)
    assert deletion.refusal is not None
    assert deletion.refusal.kind is RefusalKind.PROTECTED


def trouble_of(provider: HcloudProvider) -> SkepError:
    with pytest.raises(SkepError) as caught:
        provider.describe()
    return caught.value


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(failure(429, "rate_limit_exceeded"), Temporary, id="too many requests"),
        pytest.param(failure(409, "conflict"), Temporary, id="a conflict"),
        pytest.param(failure(423, "locked"), Temporary, id="another action is running"),
        pytest.param(failure(503, "maintenance"), Temporary, id="maintenance"),
        pytest.param(failure(500, "something new"), Temporary, id="trouble inside"),
        pytest.param(Reply(status=502, body=b"<html>"), Temporary, id="a proxy on the way"),
        pytest.param(Reply(is_silent=True), Temporary, id="silence"),
        pytest.param(Reply(body=b'{"servers": []}', breaks_off=True), Temporary, id="half an answer"),
        pytest.param(Reply(body=b'{"servers": 7}'), Temporary, id="an answer that cannot be read"),
        pytest.param(failure(401, "unauthorized"), Permanent, id="a wrong token"),
        pytest.param(failure(403, "token_readonly"), Permanent, id="a token that may only read"),
        pytest.param(failure(422, "invalid_input"), Permanent, id="a wrong request"),
        pytest.param(failure(410, "deprecated_api_endpoint"), Permanent, id="an API that is no more"),
        pytest.param(Reply(status=404, body=b"nothing here"), Permanent, id="no API at all"),
        pytest.param(Reply(status=301, headers={"Location": "http://127.0.0.1:1/"}), Permanent, id="sent away"),
    ],
)
def test_trouble_is_told_by_whether_it_passes(
    api: HcloudStandIn, provider: HcloudProvider, reply: Reply, kind: type[SkepError]
) -> None:
    api.replies["GET"] = reply
    trouble = trouble_of(provider)
    assert type(trouble) is kind
    assert str(trouble).startswith("Hetzner at http://127.0.0.1:")


def test_after_too_many_requests_there_is_a_pause(api: HcloudStandIn, provider: HcloudProvider) -> None:
    api.replies["GET"] = failure(429, "rate_limit_exceeded")
    trouble = trouble_of(provider)
    assert isinstance(trouble, Temporary)
    assert trouble.retry_after >= timedelta(seconds=10)


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        pytest.param(None, "cannot be read: No such file", id="no file"),
        pytest.param("", "expected one line", id="an empty one"),
        pytest.param("hunter2\nhunter2\n", "expected one line", id="several lines"),
    ],
)
def test_a_token_that_is_none_needs_a_person(options: HcloudOptions, contents: str | None, words: str) -> None:
    file = Path(options.token_file)
    file.unlink()
    if contents is not None:
        file.write_text(contents)
    with pytest.raises(Permanent, match=words) as told:
        provider_of(options).describe()
    assert "hunter2" not in "".join(traceback.format_exception(told.value))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(failure(500, "server_error"), id="trouble inside"),
        pytest.param(failure(422, "invalid_input", "user data"), id="a wrong request"),
        pytest.param(Reply(is_silent=True), id="silence"),
        pytest.param(Reply(body=b"{}", breaks_off=True), id="half an answer"),
    ],
)
def test_no_error_holds_a_token(api: HcloudStandIn, options: HcloudOptions, reply: Reply) -> None:
    api.replies["POST"] = reply
    provider = provider_of(options)
    with pytest.raises(SkepError) as told:
        provider.increase(1, request_id="r1")
    everything = "".join(traceback.format_exception(told.value)) + repr(provider) + repr(chain(told.value))
    assert TOKEN not in everything
    assert join_token().reveal() not in everything


def chain(error: BaseException | None) -> list[Any]:
    """An error and those that led to it, as far as they are shown, with all that hangs on them."""
    if error is None:
        return []
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [vars(error), *chain(before)]


def test_the_password_that_hetzner_sends_is_not_kept(provider: HcloudProvider) -> None:
    assert "a-password" not in repr(provider.increase(1, request_id="r1")) + repr(provider.describe())
