"""The story that is played on the deployed stacks: a surge, a new version of skep in the midst of it, a dead leader."""

import contextlib
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from lab.deployed.account import Account, Told, lost_actions
from lab.deployed.site import SERVICE, STACKS, Site
from lab.load import Load, Step, Summary
from lab.real import LabUnavailable, direct, waiting
from lab.real.events import Events

__all__ = ["Doing", "Outcome", "play"]

#: Says what is under way while it is.
Doing = Callable[[str], AbstractContextManager[None]]

FEW, MANY, MOST = 2, 5, 7
#: At 5 requests per second for each replica: for one, with the surge for five, with more of it for seven.
_CALM_RPS, _SURGE_RPS, _MORE_RPS = 4.5, 18.0, 13.0
_LONGEST = timedelta(minutes=20)
_PATIENCE = timedelta(minutes=5)
#: Results are in the database after the broker's.
_RESULTS, _KEYS = "1", "celery-task-meta-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it; everything was measured.

    Attributes:
        services_running: of the stacks, with every swarm task that they should have, before anything was broken.
        ended: a phrase for each of their swarm tasks that had ended by itself before anything was broken. Swarm puts
            another in its place, so it is told and not a failure.
        surge_to_capacity: from the first request of the surge until as many replicas ran as carry it.
        failed_requests: of all clients', from the beginning to the end; `failures` says of which kind.
        lost: a sentence for each action that one account has and another lacks.
        changes: the changes of the service that Docker saw.
        killed: the leader that died.
        flower_rows: the scalings of the service that Flower lists at the end.
    """

    services_running: int
    ended: tuple[str, ...]
    surge_to_capacity: timedelta
    sent_requests: int
    failed_requests: int
    failures: tuple[tuple[str, int], ...]
    lost: tuple[str, ...]
    changes: tuple[tuple[int, int], ...]
    killed: str
    flower_rows: int

    def json_line(self) -> str:
        """The figures as one line."""
        figures = {
            "stacks": list(STACKS),
            "services_running": self.services_running,
            "ended_by_themselves": len(self.ended),
            "surge_to_capacity_s": round(self.surge_to_capacity.total_seconds(), 1),
            "failed_requests": self.failed_requests,
            "lost_actions": len(self.lost),
            "sent_requests": self.sent_requests,
            "changes": len(self.changes),
        }
        return json.dumps({"deploy": figures})


def play(site: Site, doing: Doing) -> Outcome:
    """Play it on a site that is up.

    Raises:
        LabUnavailable: when something that should happen does not within minutes; the sentence says what.
    """
    services_running, ended = site.services_running(), site.ended()
    bystander = next(
        node.hostname for node in site.lab.status().nodes if node.role == "manager" and node.hostname != site.leader()
    )
    lab = site.lab
    with lab.client(bystander) as questions, lab.client(bystander) as following, Events(questions, following) as events:
        with _load(site, _CALM_RPS) as calm, _load(site, _SURGE_RPS) as surge:
            began_s = time.monotonic()
            with doing(f"A surge: {MANY} replicas"):
                _await(site, lambda count: count >= MANY, f"{MANY} replicas")
            surge_to_capacity = timedelta(seconds=time.monotonic() - began_s)
            with _load(site, _MORE_RPS) as more:
                with doing(f"A new version of skep in the midst of a surge to {MOST} replicas"):
                    _roll_out_in_mid_surge(site)
                with doing("The leading manager dies"):
                    killed = _kill_the_leader(site)
        with doing(f"The surge is over: {FEW} replicas"):
            _await(site, lambda count: count == FEW, f"{FEW} replicas")
        with doing("Accounts are compared"):
            account = _account(site, events)
        flower_rows = _flower_rows(site)
    summaries = tuple(load.wait() for load in (calm, surge, more))
    return Outcome(
        services_running=services_running,
        ended=ended,
        surge_to_capacity=surge_to_capacity,
        sent_requests=sum(summary.sent for summary in summaries),
        failed_requests=sum(summary.failed for summary in summaries),
        failures=_failures(summaries),
        lost=lost_actions(account),
        changes=account.seen,
        killed=killed,
        flower_rows=flower_rows,
    )


def _load(site: Site, rate_rps: float) -> Load:
    return Load(site.url, [Step(duration=_LONGEST, rate_rps=rate_rps)])


def _await(site: Site, is_right: Callable[[int], bool], what: str) -> None:
    waiting.until(
        lambda: is_right(site.running()), patience=_PATIENCE, what=f"{what} of {SERVICE}", every=timedelta(seconds=0.2)
    )


def _roll_out_in_mid_surge(site: Site) -> None:
    """The load has just grown, so that orders are given and carried out while workers are replaced."""
    site.deploy_skep(site.second_image)
    _await(site, lambda count: count >= MOST, f"{MOST} replicas")
    waiting.until(
        lambda: not site.updating() and site.images() == {site.second_image},
        patience=_PATIENCE,
        what="the end of the rollout of skep",
        every=timedelta(seconds=1),
    )


def _kill_the_leader(site: Site) -> str:
    leader = site.leader()
    site.lab.kill(leader)

    def another_leads() -> bool:
        try:
            return site.leader() != leader
        except Exception:  # noqa: BLE001 - without a leader a manager answers with errors of many kinds
            return False

    waiting.until(another_leads, patience=_PATIENCE, what="another manager to lead", every=timedelta(seconds=1))
    return leader


def _account(site: Site, events: Events) -> Account:
    """All three accounts, once they have come to rest: an action is told a moment after it is done."""
    taken: list[Account] = []

    def is_at_rest() -> bool:
        try:
            taken.append(_account_now(site, events))
        except LabUnavailable:
            # Who is asked may be on the node that died, as long as the Swarm has not noticed.
            return False
        return not lost_actions(taken[-1])

    # What they still differ in then is the finding.
    with contextlib.suppress(waiting.WaitedInVainError):
        waiting.until(is_at_rest, patience=timedelta(minutes=1), what="all accounts to agree")
    return taken[-1] if taken else _account_now(site, events)


def _account_now(site: Site, events: Events) -> Account:
    entries = json.loads(site.skep("history", SERVICE, "--since", "1h", "--limit", "1000", "--json"))["entries"]
    return Account(
        seen=events.changes(SERVICE),
        told=tuple(
            Told(before=entry["replicas_before"], after=entry["replicas_after"], task_id=entry.get("task_id"))
            for entry in entries
            if entry["kind"] == "changed"
        ),
        states=_states(site),
        open_orders=_open_orders(site),
    )


def _states(site: Site) -> dict[str, str]:
    keys = [key for key in site.redis("-n", _RESULTS, "--scan", "--pattern", f"*{_KEYS}scale.{SERVICE}.*") if key]
    results = [json.loads(site.redis("-n", _RESULTS, "GET", key)[0]) for key in keys]
    return {str(result["task_id"]): str(result["status"]) for result in results}


def _open_orders(site: Site) -> int:
    """Messages on the queue `act`, and those taken from it that nobody has acknowledged."""
    waiting_orders = int(site.redis("LLEN", "skep:act")[0])
    taken = [line for line in site.redis("HVALS", "skep:unacked") if line]
    return waiting_orders + len([line for line in taken if json.loads(line)[2] == "act"])


def _flower_rows(site: Site) -> int:
    with direct.session() as session:
        answer = session.get(
            f"{site.flower_url}/api/tasks", auth=("skep", site.password("flower_password")), timeout=10
        )
    return sum(task["name"] == f"scale.{SERVICE}" for task in answer.json().values())


def _failures(summaries: tuple[Summary, ...]) -> tuple[tuple[str, int], ...]:
    return tuple(kind for summary in summaries for kind in summary.failed_by_kind)
