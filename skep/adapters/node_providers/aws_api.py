"""The calls to Amazon's Auto Scaling and EC2 that skep makes, and what their answers mean.

Each is made once: what passes by itself is tried again by whoever ordered, within the time that a task has.
"""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import botocore.session
import msgspec
from boto3 import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, MetadataRetrievalError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.loaders import Loader, create_loader
from msgspec import Meta, field

from skep.adapters.foreign_words import first_words
from skep.config.providers import AwsOptions
from skep.core.machines import Refusal, RefusalKind
from skep.errors import Permanent, Temporary

__all__ = ["AwsApi", "Group", "Instance", "Member"]

_ORDERS_TAG = "skep:orders"
_GROUP_TAG = "aws:autoscaling:groupName"
_SCALING = "autoscaling"
_COMPUTE = "ec2"
_PER_PAGE = 1000
_MOST_PAGES = 100
_ACTIVITIES = 20
# What the group writes of its tries, in words that are the same in all regions.
_LAUNCHING = "Launching"
_HAS_FAILED = frozenset({"Cancelled", "Failed"})

T = TypeVar("T")


# --- what the APIs answer: docs.aws.amazon.com, in the form that boto3 gives it -------------------------------------


class Member(msgspec.Struct, frozen=True):
    """An instance as the group sees it."""

    id: str = field(name="InstanceId")
    lifecycle_state: str = field(name="LifecycleState")
    health: str = field(name="HealthStatus", default="")
    is_protected: bool = field(name="ProtectedFromScaleIn", default=False)
    weight: str = field(name="WeightedCapacity", default="1")

    @property
    def counts(self) -> bool:
        """Whether it is one of those that the group shall have: not on its way out, and not set aside."""
        return not self.lifecycle_state.startswith(_COUNT_NO_MORE)


_COUNT_NO_MORE = ("Detach", "EnteringStandby", "Standby", "Terminat", "Warmed")


class _Tag(msgspec.Struct, frozen=True):
    key: str = field(name="Key")
    value: str = field(name="Value", default="")


class _Process(msgspec.Struct, frozen=True):
    name: str = field(name="ProcessName", default="")


class Group(msgspec.Struct, frozen=True):
    """An Auto Scaling group."""

    name: str = field(name="AutoScalingGroupName")
    minimum: int = field(name="MinSize")
    maximum: int = field(name="MaxSize")
    desired: int = field(name="DesiredCapacity")
    protects_new_instances: bool = field(name="NewInstancesProtectedFromScaleIn", default=False)
    members: tuple[Member, ...] = field(name="Instances", default=())
    suspended: tuple[_Process, ...] = field(name="SuspendedProcesses", default=())
    tags: tuple[_Tag, ...] = field(name="Tags", default=())

    @property
    def counted(self) -> int:
        """How many of the instances that it shall have it has made."""
        return sum(member.counts for member in self.members)

    @property
    def order_book(self) -> str:
        """What the tag of orders says."""
        return next((tag.value for tag in self.tags if tag.key == _ORDERS_TAG), "")

    @property
    def rebalances_zones(self) -> bool:
        """Whether the group may end an instance by itself to have equally many in each zone."""
        return "AZRebalance" not in {process.name for process in self.suspended}


class Instance(msgspec.Struct, frozen=True):
    """An instance as EC2 sees it."""

    id: str = field(name="InstanceId")
    launched_at: Annotated[datetime, Meta(tz=True)] | None = field(name="LaunchTime", default=None)
    private_address: str = field(name="PrivateIpAddress", default="")
    public_address: str = field(name="PublicIpAddress", default="")
    private_name: str = field(name="PrivateDnsName", default="")


class _Groups(msgspec.Struct, frozen=True):
    groups: tuple[Group, ...] = field(name="AutoScalingGroups", default=())


class _Reservation(msgspec.Struct, frozen=True):
    instances: tuple[Instance, ...] = field(name="Instances", default=())


class _Reservations(msgspec.Struct, frozen=True):
    reservations: tuple[_Reservation, ...] = field(name="Reservations", default=())
    next_token: str = field(name="NextToken", default="")


class _Activity(msgspec.Struct, frozen=True):
    status: str = field(name="StatusCode")
    message: str = field(name="StatusMessage", default="")
    description: str = field(name="Description", default="")


class _Activities(msgspec.Struct, frozen=True):
    activities: tuple[_Activity, ...] = field(name="Activities", default=())


_PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ResourceContention",
        "ScalingActivityInProgress",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "Unavailable",
    }
)
_INVALID = "ValidationError"
_NO_SUCH_INSTANCE = "not found"
_BELOW_MINIMUM = "min size"


# --- the calls ------------------------------------------------------------------------------------------------------


@cache
def _loader() -> Loader:
    """The descriptions of the APIs, read once however many pools there are: they are large."""
    return create_loader()


class _Invalid(Permanent):
    """The API finds fault with what was asked; what that means depends on what was asked.

    Attributes:
        words: those of the API alone.
    """

    def __init__(self, sentence: str, words: str) -> None:
        super().__init__(sentence)
        self.words = words


class AwsApi:
    """One group, and its instances.

    The clients are made at first use, which is after any fork: it takes them a tenth of a second to read what the APIs
    look like.
    """

    def __init__(self, options: AwsOptions, *, timeout: timedelta) -> None:
        """Keep whom to ask; nothing is sent yet.

        Args:
            options: of the pool.
            timeout: for connecting, and for each wait for more of an answer.
        """
        self._options = options
        self._timeout_s = timeout.total_seconds()
        self._clients: dict[str, Any] = {}
        self._clients_of_process = 0

    def close(self) -> None:
        """Give the connections back."""
        for client in self._clients.values():
            client.close()
        self._clients = {}

    def group(self) -> Group:
        """The group as it is.

        Raises:
            Temporary, Permanent: as the port says (as for all methods here).
        """
        answer = self._ask(_Groups, _SCALING, "describe_auto_scaling_groups", AutoScalingGroupNames=[self._name])
        if not answer.groups:
            raise Permanent(self._sentence("there is no such group in this region of this account"))
        group = answer.groups[0]
        if any(member.weight != "1" for member in group.members):
            raise Permanent(
                self._sentence("its instances have weights, and skep counts machines; take the weights away")
            )
        return group

    def instances(self) -> Mapping[str, Instance]:
        """All instances of the group that EC2 knows, by id."""
        wanted = {"Filters": [{"Name": f"tag:{_GROUP_TAG}", "Values": [self._name]}], "MaxResults": _PER_PAGE}
        found: dict[str, Instance] = {}
        page: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            answer = self._ask(_Reservations, _COMPUTE, "describe_instances", **wanted, **page)
            for reservation in answer.reservations:
                found.update((instance.id, instance) for instance in reservation.instances)
            if not answer.next_token:
                break
            page = {"NextToken": answer.next_token}
        return found

    def latest_failure(self) -> str | None:
        """Why the group could not make an instance when it tried last; ``None`` if it could, or has yet to try."""
        activities = self._ask(
            _Activities,
            _SCALING,
            "describe_scaling_activities",
            AutoScalingGroupName=self._name,
            MaxRecords=_ACTIVITIES,
        ).activities
        latest = next((activity for activity in activities if activity.description.startswith(_LAUNCHING)), None)
        if latest is None or latest.status not in _HAS_FAILED:
            return None
        return first_words(latest.message or latest.description)

    def set_desired(self, size: int) -> None:
        """Give the group a size, whatever its own cooldown says: skep has one of its own."""
        self._call(
            _SCALING,
            "set_desired_capacity",
            AutoScalingGroupName=self._name,
            DesiredCapacity=size,
            HonorCooldown=False,
        )

    def write_order_book(self, text: str) -> None:
        """Replace what the tag of orders says; it stays off the instances."""
        tag = {
            "ResourceType": "auto-scaling-group",
            "ResourceId": self._name,
            "Key": _ORDERS_TAG,
            "Value": text,
            "PropagateAtLaunch": False,
        }
        self._call(_SCALING, "create_or_update_tags", Tags=[tag])

    def terminate(self, instance_id: str) -> Refusal | None:
        """End an instance and make the group smaller by one; or why it stays. One that is not there has ended."""
        try:
            self._call(
                _SCALING,
                "terminate_instance_in_auto_scaling_group",
                InstanceId=instance_id,
                ShouldDecrementDesiredCapacity=True,
            )
        except _Invalid as invalid:
            words = invalid.words.lower()
            if _NO_SUCH_INSTANCE in words:
                return None
            if _BELOW_MINIMUM in words:
                return Refusal(kind=RefusalKind.AT_MINIMUM, reason=str(invalid))
            raise
        return None

    @property
    def _name(self) -> str:
        return self._options.group

    def _ask(self, answer: type[T], service: str, call: str, **parameters: object) -> T:
        try:
            return msgspec.convert(self._call(service, call, **parameters), type=answer)
        except msgspec.ValidationError as error:
            raise Temporary(self._sentence(f"{call}: an answer that cannot be read: {error}")) from error

    def _call(self, service: str, call: str, **parameters: object) -> object:
        try:
            return getattr(self._client(service), call)(**parameters)
        except ClientError as error:
            # Without its chain: the request with its signature hangs on it.
            raise self._refused(call, error.response) from None
        except (HTTPClientError, MetadataRetrievalError, NoConnection) as error:
            raise Temporary(self._sentence(f"{call}: {error}")) from None
        except BotoCoreError as error:
            raise Permanent(self._sentence(f"{call}: {error}")) from None

    def _refused(self, call: str, response: Mapping[str, Any]) -> Temporary | Permanent:
        """An answer that is an error."""
        error = response.get("Error", {})
        code, words = str(error.get("Code", "")), first_words(str(error.get("Message", "")))
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        sentence = self._sentence(f"{call}: {code}: {words}")
        if code in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Temporary(sentence)
        return _Invalid(sentence, words) if code == _INVALID else Permanent(sentence)

    def _client(self, service: str) -> Any:  # noqa: ANN401 - made at run time, from a description of the API
        if self._clients_of_process != os.getpid():
            self._clients = {}
            self._clients_of_process = os.getpid()
        if service not in self._clients:
            self._clients[service] = self._session().client(
                service,
                endpoint_url=self._options.endpoint,
                config=Config(
                    connect_timeout=self._timeout_s, read_timeout=self._timeout_s, retries={"total_max_attempts": 1}
                ),
            )
        return self._clients[service]

    def _session(self) -> Session:
        botocore_session = botocore.session.Session()
        botocore_session.register_component("data_loader", _loader())
        if self._options.credentials_file is not None:
            botocore_session.set_config_variable("credentials_file", self._options.credentials_file)
        return Session(
            botocore_session=botocore_session, region_name=self._options.region, profile_name=self._options.profile
        )

    def _sentence(self, happened: str) -> str:
        return f"AWS, Auto Scaling group {self._name} in {self._options.region}: {happened}"
