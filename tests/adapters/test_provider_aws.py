"""An Auto Scaling group: what moto cannot play is a stand-in that says what Amazon documents; the rest is moto."""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import boto3
import pytest
from moto import mock_aws

from skep.adapters.node_providers.aws import AwsProvider
from skep.adapters.node_providers.ordering import digest_of
from skep.config.providers import AwsOptions
from skep.core.machines import Deletion, Increase, MachineState, PoolMachines, Refusal, RefusalKind
from skep.errors import Permanent, SkepError, Temporary
from tests.adapters.stand_in import Asked, Reply, StandIn

REGION = "eu-central-1"
GROUP = "swarm web"
IMPATIENT = timedelta(milliseconds=500)


# --- moto -----------------------------------------------------------------------------------------------------------


class Amazon:
    """A group that moto plays, and what an operator does to it."""

    def __init__(self, closing: ExitStack) -> None:
        self.scaling: Any = boto3.client("autoscaling", region_name=REGION)
        closing.callback(self.scaling.close)
        self._closing = closing
        self.scaling.create_launch_configuration(
            LaunchConfigurationName="worker", ImageId="ami-12c6146b", InstanceType="t3.small"
        )

    def group(self, name: str = GROUP, *, desired: int = 0, minimum: int = 0, maximum: int = 9, **more: Any) -> None:
        self.scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName="worker",
            MinSize=minimum,
            MaxSize=maximum,
            DesiredCapacity=desired,
            AvailabilityZones=[f"{REGION}a"],
            **more,
        )

    def provider(self, **options: Any) -> AwsProvider:
        provider = AwsProvider(AwsOptions(group=GROUP, region=REGION, **options), timeout=IMPATIENT)
        self._closing.callback(provider.close)
        return provider

    @property
    def tag(self) -> str | None:
        (group,) = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
        return next((tag["Value"] for tag in group["Tags"] if tag["Key"] == "skep:orders"), None)

    def set_tag(self, text: str) -> None:
        """As a worker left it that died."""
        tag = {"ResourceType": "auto-scaling-group", "ResourceId": GROUP, "Key": "skep:orders", "Value": text}
        self.scaling.create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": False}])

    def set_desired(self, size: int) -> None:
        self.scaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=size)


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    with mock_aws(), ExitStack() as closing:
        yield Amazon(closing)


R1 = digest_of("r1")


def test_a_machine_is_an_instance_of_the_group(amazon: Amazon) -> None:
    amazon.group(desired=1)
    (machine,) = amazon.provider().describe().machines
    assert machine.id.startswith("i-")
    assert machine.state is MachineState.RUNNING
    assert machine.hostname.startswith("ip-10-")
    assert machine.addresses[0].startswith("10.")
    assert len(machine.addresses) == 2
    assert machine.created_at is not None
    assert machine.created_at.tzinfo is not None
    assert machine.detail == "InService, Healthy"


def test_the_limits_are_those_of_the_group(amazon: Amazon) -> None:
    amazon.group(desired=3, minimum=2, maximum=5)
    pool = amazon.provider().describe()
    assert (pool.target, pool.minimum, pool.maximum, pool.room, pool.spare) == (3, 2, 5, 2, 1)


def test_instances_of_other_groups_are_neither_seen_nor_ended(amazon: Amazon) -> None:
    amazon.group(desired=1)
    amazon.group("other", desired=2)
    (other, _) = amazon.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["other"])["AutoScalingGroups"][0][
        "Instances"
    ]
    provider = amazon.provider()
    assert len(provider.describe().machines) == 1
    assert provider.delete([other["InstanceId"]]) == Deletion(gone=(other["InstanceId"],))
    (group,) = amazon.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["other"])["AutoScalingGroups"]
    assert len(group["Instances"]) == group["DesiredCapacity"] == 2


def test_an_order_is_remembered_by_a_tag_that_stays_off_the_instances(amazon: Amazon) -> None:
    amazon.group(desired=1)
    amazon.provider().increase(2, request_id="r1")
    assert amazon.tag == f"{R1}:2"
    tags = amazon.scaling.describe_tags(Filters=[{"Name": "key", "Values": ["skep:orders"]}])["Tags"]
    assert [tag["PropagateAtLaunch"] for tag in tags] == [False]


@pytest.mark.parametrize(
    ("tag", "desired", "target"),
    [
        pytest.param(f"{R1}:0+2/3", 1, 3, id="before the size was set: it is set now"),
        pytest.param(f"{R1}:0+2/3", 3, 3, id="after the size was set: it is done"),
        pytest.param(f"{R1}:0+2/3", 2, 4, id="before the size was set, and then others ordered: two more"),
        pytest.param(f"{R1}:2", 0, 0, id="after all of it: it is done, whatever happened since"),
    ],
)
def test_an_order_whose_worker_died_is_carried_out_once(amazon: Amazon, tag: str, desired: int, target: int) -> None:
    amazon.group(desired=desired)
    amazon.set_tag(tag)
    assert amazon.provider().increase(2, request_id="r1") == Increase(ordered=2)
    assert (amazon.provider().target(), amazon.tag) == (target, f"{R1}:2")


def test_what_the_size_says_of_an_order_is_noted_before_a_deletion_changes_it(amazon: Amazon) -> None:
    """Else the order, delivered again, would find a group that is too small, and make it larger once more."""
    amazon.group(desired=3)
    amazon.set_tag(f"{R1}:0+2/3")
    provider = amazon.provider()
    provider.delete([provider.describe().machines[0].id])
    assert provider.increase(2, request_id="r1") == Increase(ordered=2)
    assert provider.target() == 2


def test_what_the_size_says_of_an_order_is_noted_before_another_order_changes_it(amazon: Amazon) -> None:
    amazon.group(desired=3)
    amazon.set_tag(f"{R1}:0+2/4")
    provider = amazon.provider()
    provider.increase(1, request_id="r2")
    assert provider.increase(2, request_id="r1") == Increase(ordered=2)
    assert provider.target() == 6


def test_the_rest_of_an_order_is_had_once_the_group_may_be_larger(amazon: Amazon) -> None:
    amazon.group(desired=1, maximum=2)
    provider = amazon.provider()
    refusal = Refusal(kind=RefusalKind.AT_MAXIMUM, reason=f"Auto Scaling group {GROUP} may have 2 instances")
    assert provider.increase(3, request_id="r1") == Increase(ordered=1, refusal=refusal)
    amazon.scaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, MaxSize=9)
    assert provider.increase(3, request_id="r1") == Increase(ordered=3)
    assert provider.target() == 4


def test_a_group_keeps_its_minimum(amazon: Amazon) -> None:
    amazon.group(desired=3, minimum=2)
    provider = amazon.provider()
    ids = [machine.id for machine in provider.describe().machines]
    refusal = Refusal(kind=RefusalKind.AT_MINIMUM, reason=f"Auto Scaling group {GROUP} must have 2 instances")
    assert provider.delete([*ids, "i-unknown"]) == Deletion(gone=(ids[0], "i-unknown"), refusal=refusal)
    assert provider.target() == len(provider.describe().machines) == 2


def test_an_instance_protected_from_scale_in_is_ended_when_it_is_named(amazon: Amazon) -> None:
    amazon.group(desired=1, NewInstancesProtectedFromScaleIn=True)
    provider = amazon.provider()
    (machine,) = provider.describe().machines
    assert provider.delete([machine.id]) == Deletion(gone=(machine.id,))
    assert provider.target() == 0


def test_where_the_policy_says_so_a_protected_instance_stays(amazon: Amazon) -> None:
    amazon.group(desired=2)
    provider = amazon.provider(keeps_protected=True)
    kept, other = (machine.id for machine in provider.describe().machines)
    amazon.scaling.set_instance_protection(AutoScalingGroupName=GROUP, InstanceIds=[kept], ProtectedFromScaleIn=True)
    deletion = provider.delete([kept, other])
    assert deletion.gone == (other,)
    assert deletion.refusal is not None
    assert deletion.refusal.kind is RefusalKind.PROTECTED
    assert [machine.id for machine in provider.describe().machines] == [kept]


def test_an_instance_that_a_person_has_set_aside_stays_there(amazon: Amazon) -> None:
    amazon.group(desired=1)
    provider = amazon.provider()
    (aside,) = (machine.id for machine in provider.describe().machines)
    amazon.scaling.enter_standby(AutoScalingGroupName=GROUP, InstanceIds=[aside], ShouldDecrementDesiredCapacity=True)
    deletion = provider.delete([aside])
    assert (deletion.gone, deletion.refusal is not None and deletion.refusal.kind) == ((), RefusalKind.PROTECTED)


def test_an_unhealthy_instance_has_failed(amazon: Amazon) -> None:
    amazon.group(desired=1)
    provider = amazon.provider()
    (machine,) = provider.describe().machines
    amazon.scaling.set_instance_health(InstanceId=machine.id, HealthStatus="Unhealthy")
    (machine,) = provider.describe().machines
    assert (machine.state, machine.detail) == (MachineState.FAILED, "InService, Unhealthy")


@pytest.mark.parametrize(
    ("protects", "suspends", "keeps_protected", "cautions"),
    [
        pytest.param(True, False, False, 0, id="protects its instances"),
        pytest.param(False, True, False, 1, id="may end any instance"),
        pytest.param(False, False, True, 1, id="balances its zones, and protection is the operator's own"),
        pytest.param(False, True, True, 0, id="leaves its zones alone, and protection is the operator's own"),
    ],
)
def test_it_is_said_when_the_group_may_end_instances_by_itself(
    amazon: Amazon, protects: bool, suspends: bool, keeps_protected: bool, cautions: int
) -> None:
    amazon.group(NewInstancesProtectedFromScaleIn=protects)
    if suspends:
        amazon.scaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["AZRebalance"])
    said = amazon.provider(keeps_protected=keeps_protected).describe().cautions
    assert len(said) == cautions
    assert all("may end instances of its own choice" in caution for caution in said)


def test_a_group_that_is_not_there_needs_a_person(amazon: Amazon) -> None:
    with pytest.raises(Permanent, match="Auto Scaling group swarm web in eu-central-1: there is no such group"):
        amazon.provider().describe()


def test_credentials_are_read_from_their_file(amazon: Amazon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    amazon.group()
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(Permanent, match="Unable to locate credentials"):
        amazon.provider(credentials_file=str(tmp_path / "missing")).describe()
    (tmp_path / "credentials").write_text("[swarm]\naws_access_key_id = AKIA0\naws_secret_access_key = hunter2\n")
    file = str(tmp_path / "credentials")
    assert amazon.provider(credentials_file=file, profile="swarm").target() == 0
    with pytest.raises(Permanent, match="nobody"):
        amazon.provider(credentials_file=file, profile="nobody").target()


# --- a stand-in -----------------------------------------------------------------------------------------------------

# What Amazon answers, in its own form; `docs.aws.amazon.com/autoscaling/ec2/APIReference` and `/AWSEC2/latest`.


def xml(name: str, value: object) -> str:
    """An element: of members for lists, of elements for mappings."""
    if isinstance(value, list):
        return f"<{name}>{''.join(xml('member', each) for each in value)}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(xml(key, each) for key, each in value.items())}</{name}>"
    return f"<{name}>{escape(str(value).lower() if isinstance(value, bool) else str(value))}</{name}>"


def answered(action: str, result: Mapping[str, object]) -> Reply:
    return Reply(body=xml(f"{action}Response", {f"{action}Result": result}).encode())


def refused(status: int, code: str, message: str = "a message") -> Reply:
    error = {"Error": {"Type": "Sender", "Code": code, "Message": message}, "RequestId": "1"}
    return Reply(status=status, body=xml("ErrorResponse", error).encode())


def instance(number: int, state: str = "InService", **more: object) -> dict[str, object]:
    return {"InstanceId": f"i-{number}", "LifecycleState": state, "HealthStatus": "Healthy", **more}


def described(*instances: Mapping[str, object], desired: int, minimum: int = 0, **more: object) -> Reply:
    group = {
        "AutoScalingGroupName": GROUP,
        "MinSize": minimum,
        "MaxSize": 9,
        "DesiredCapacity": desired,
        "NewInstancesProtectedFromScaleIn": True,
        "Instances": list(instances),
        **more,
    }
    return answered("DescribeAutoScalingGroups", {"AutoScalingGroups": [group]})


NO_INSTANCES = Reply(body=xml("DescribeInstancesResponse", {"reservationSet": ""}).encode())


class Stage:
    """A provider before a stand-in that answers each action as it is told.

    Attributes:
        replies: what to say, by action.
        asked: the requests so far.
    """

    def __init__(self, closing: ExitStack) -> None:
        self.replies: dict[str, Reply] = {"DescribeInstances": NO_INSTANCES}
        server = closing.enter_context(StandIn(self._answer))
        self.asked = server.asked
        self.provider = AwsProvider(AwsOptions(group=GROUP, region=REGION, endpoint=server.url), timeout=IMPATIENT)
        closing.callback(self.provider.close)

    def actions(self) -> list[str]:
        return [asked.parameters["Action"] for asked in self.asked]

    def parameters(self, action: str) -> list[Mapping[str, str]]:
        return [asked.parameters for asked in self.asked if asked.parameters["Action"] == action]

    def _answer(self, asked: Asked) -> Reply:
        return self.replies.get(asked.parameters["Action"]) or answered(asked.parameters["Action"], {})


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    with ExitStack() as closing:
        yield Stage(closing)


def pool_of(stage: Stage, *instances: Mapping[str, object], desired: int, **more: Any) -> PoolMachines:
    stage.replies["DescribeAutoScalingGroups"] = described(*instances, desired=desired, **more)
    return stage.provider.describe()


@pytest.mark.parametrize(
    ("word", "state", "counts"),
    [
        ("Pending", MachineState.STARTING, True),
        ("Pending:Wait", MachineState.STARTING, True),
        ("InService", MachineState.RUNNING, True),
        ("Quarantined", MachineState.FAILED, True),
        ("ReplacingRootVolume", MachineState.RUNNING, True),
        ("Standby", MachineState.RUNNING, False),
        ("Terminating:Wait", MachineState.STOPPING, False),
        ("Terminated", MachineState.STOPPING, False),
        ("Detached", MachineState.STOPPING, False),
    ],
)
def test_the_words_of_amazon_are_understood(stage: Stage, word: str, state: MachineState, counts: bool) -> None:
    machines = pool_of(stage, instance(1, word), desired=1).machines
    assert machines[0].state is state
    assert [machine.state for machine in machines[1:]] == ([] if counts else [MachineState.REQUESTED])


def test_what_is_on_order_is_seen_by_its_place(stage: Stage) -> None:
    pool = pool_of(stage, instance(1), instance(2, "Terminating"), instance(3, "Pending"), desired=4)
    assert [(machine.id, machine.state) for machine in pool.machines] == [
        ("i-1", MachineState.RUNNING),
        ("i-2", MachineState.STOPPING),
        ("i-3", MachineState.STARTING),
        ("on-order-3", MachineState.REQUESTED),
        ("on-order-4", MachineState.REQUESTED),
    ]


@pytest.mark.parametrize(
    ("machine_ids", "minimum", "size", "gone"),
    [
        pytest.param(["on-order-4"], 0, 3, ["on-order-4"], id="the last place"),
        pytest.param(["on-order-3"], 0, 2, ["on-order-3"], id="a place and all behind it"),
        pytest.param(["on-order-4", "on-order-3"], 0, 2, ["on-order-4", "on-order-3"], id="all places"),
        pytest.param(["on-order-5"], 0, None, ["on-order-5"], id="one that was given back already"),
        pytest.param(["on-order-2"], 0, 2, ["on-order-2"], id="one that has been made since: only those behind it"),
        pytest.param(["on-order-3", "on-order-4"], 3, 3, ["on-order-4"], id="not below the minimum"),
    ],
)
def test_what_is_on_order_can_be_given_back(
    stage: Stage, machine_ids: list[str], minimum: int, size: int | None, gone: list[str]
) -> None:
    pool_of(stage, instance(1), instance(2), desired=4, minimum=minimum)
    deletion = stage.provider.delete(machine_ids)
    assert deletion.gone == tuple(gone)
    assert (deletion.refusal is None) is (len(gone) == len(machine_ids))
    sizes = [int(asked["DesiredCapacity"]) for asked in stage.parameters("SetDesiredCapacity")]
    assert sizes == ([] if size is None else [size])
    assert "TerminateInstanceInAutoScalingGroup" not in stage.actions()


def test_what_is_on_order_and_what_runs_go_together(stage: Stage) -> None:
    pool_of(stage, instance(1), instance(2), desired=4, minimum=1)
    deletion = stage.provider.delete(["i-1", "on-order-3", "i-2"])
    assert deletion.gone == ("i-1", "on-order-3")
    assert deletion.refusal is not None
    assert deletion.refusal.kind is RefusalKind.AT_MINIMUM
    ended = stage.parameters("TerminateInstanceInAutoScalingGroup")
    assert [(asked["InstanceId"], asked["ShouldDecrementDesiredCapacity"]) for asked in ended] == [("i-1", "true")]


def activities(*messages: tuple[str, str]) -> Reply:
    listed = [
        {
            "ActivityId": number,
            "AutoScalingGroupName": GROUP,
            "Cause": "a user changed the desired capacity",
            "Description": "Launching a new EC2 instance",
            "StartTime": "2026-03-01T12:00:00Z",
            "StatusCode": status,
            "StatusMessage": message,
        }
        for number, (status, message) in enumerate(messages)
    ]
    return answered("DescribeScalingActivities", {"Activities": listed})


NONE_LEFT = (
    "We currently do not have sufficient t3.small capacity in the Availability Zone you requested (eu-central-1a)."
    " Launching EC2 instance failed."
)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (NONE_LEFT, RefusalKind.NO_CAPACITY),
        ("You have requested more vCPU capacity than your current vCPU limit of 32 allows.", RefusalKind.QUOTA),
        ("The image id '[ami-0]' does not exist. Launching EC2 instance failed.", RefusalKind.FAILED),
    ],
)
def test_why_the_group_could_not_make_an_instance_is_told(stage: Stage, message: str, kind: RefusalKind) -> None:
    stage.replies["DescribeScalingActivities"] = activities(("Failed", message), ("Successful", ""))
    assert pool_of(stage, desired=1).shortfall == Refusal(kind=kind, reason=message)


def test_a_failure_that_was_overcome_is_no_shortfall(stage: Stage) -> None:
    stage.replies["DescribeScalingActivities"] = activities(("InProgress", ""), ("Failed", NONE_LEFT))
    assert pool_of(stage, desired=1).shortfall is None


def test_a_full_group_is_not_asked_why_it_is_short(stage: Stage) -> None:
    assert pool_of(stage, instance(1), desired=1).shortfall is None
    assert "DescribeScalingActivities" not in stage.actions()


def test_all_pages_of_instances_are_read(stage: Stage) -> None:
    def page(number: int, token: str) -> Reply:
        found = {
            "instanceId": f"i-{number}",
            "privateIpAddress": f"10.0.0.{number}",
            "launchTime": "2026-03-01T12:00:00Z",
        }
        reservation = f"<item><instancesSet>{xml('item', found)}</instancesSet></item>"
        body = f"<DescribeInstancesResponse><reservationSet>{reservation}</reservationSet>{xml('nextToken', token)}"
        return Reply(body=f"{body}</DescribeInstancesResponse>".encode())

    pages = {"": page(1, "second"), "second": page(2, "third"), "third": page(3, "")}
    answer = stage._answer
    stage.replies["DescribeAutoScalingGroups"] = described(*map(instance, (1, 2, 3)), desired=3)
    del stage.replies["DescribeInstances"]

    def answer_pages(asked: Asked) -> Reply:
        is_page = asked.parameters["Action"] == "DescribeInstances"
        return pages[asked.parameters.get("NextToken", "")] if is_page else answer(asked)

    with StandIn(answer_pages) as server:
        provider = AwsProvider(AwsOptions(group=GROUP, region=REGION, endpoint=server.url), timeout=IMPATIENT)
        machines = provider.describe().machines
        provider.close()
    assert [machine.addresses for machine in machines] == [("10.0.0.1",), ("10.0.0.2",), ("10.0.0.3",)]


def test_a_group_that_counts_in_weights_needs_a_person(stage: Stage) -> None:
    with pytest.raises(Permanent, match="its instances have weights, and skep counts machines"):
        pool_of(stage, instance(1, WeightedCapacity="4"), desired=4)


def test_an_instance_that_ended_by_itself_meanwhile_is_gone(stage: Stage) -> None:
    pool_of(stage, instance(1), desired=1)
    stage.replies["TerminateInstanceInAutoScalingGroup"] = refused(
        400, "ValidationError", "Instance Id not found - No managed instance found for instance ID: i-1"
    )
    assert stage.provider.delete(["i-1"]) == Deletion(gone=("i-1",))


def test_a_minimum_that_was_raised_meanwhile_is_kept(stage: Stage) -> None:
    pool_of(stage, instance(1), desired=1)
    words = "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's"
    stage.replies["TerminateInstanceInAutoScalingGroup"] = refused(
        400, "ValidationError", f"{words} min size constraint."
    )
    deletion = stage.provider.delete(["i-1"])
    assert deletion.gone == ()
    assert deletion.refusal is not None
    assert deletion.refusal.kind is RefusalKind.AT_MINIMUM


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(refused(400, "Throttling"), Temporary, id="too many requests"),
        pytest.param(refused(400, "ScalingActivityInProgress"), Temporary, id="the group is busy"),
        pytest.param(refused(500, "ResourceContention"), Temporary, id="another write is going on"),
        pytest.param(refused(503, "something new"), Temporary, id="trouble inside"),
        pytest.param(Reply(is_silent=True), Temporary, id="silence"),
        pytest.param(refused(403, "AccessDenied"), Permanent, id="a right that is missing"),
        pytest.param(refused(403, "InvalidClientTokenId"), Permanent, id="a key that nobody knows"),
        pytest.param(refused(403, "SignatureDoesNotMatch"), Permanent, id="a wrong key"),
        pytest.param(refused(400, "ValidationError"), Permanent, id="a wrong request"),
    ],
)
@pytest.mark.parametrize("action", ["DescribeAutoScalingGroups", "SetDesiredCapacity"])
def test_trouble_is_told_by_whether_it_passes(stage: Stage, action: str, reply: Reply, kind: type[SkepError]) -> None:
    stage.replies["DescribeAutoScalingGroups"] = described(desired=1)
    stage.replies[action] = reply
    with pytest.raises(SkepError, match=r"^AWS, Auto Scaling group swarm web in eu-central-1: ") as told:
        stage.provider.increase(1, request_id="r1")
    assert issubclass(told.type, kind)
    assert "hunter2" not in "".join(traceback.format_exception(told.value))


def test_a_call_is_made_once(stage: Stage) -> None:
    """Amazon's own library would try again, for longer than a task may take."""
    stage.replies["DescribeAutoScalingGroups"] = refused(500, "InternalFailure")
    with pytest.raises(Temporary):
        stage.provider.describe()
    assert stage.actions() == ["DescribeAutoScalingGroups"]


def test_an_order_is_noted_before_the_size_is_set_and_done_after_it(stage: Stage) -> None:
    stage.replies["DescribeAutoScalingGroups"] = described(desired=1)
    stage.provider.increase(2, request_id="r1")
    assert stage.actions() == [
        "DescribeAutoScalingGroups",
        "CreateOrUpdateTags",
        "SetDesiredCapacity",
        "CreateOrUpdateTags",
    ]
    tags = [asked["Tags.member.1.Value"] for asked in stage.parameters("CreateOrUpdateTags")]
    assert tags == [f"{R1}:0+2/3", f"{R1}:2"]
