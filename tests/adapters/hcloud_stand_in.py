"""Stands in for the Hetzner Cloud API, which cannot be run here: servers in memory, answers as its reference has them.

It pages, selects by label, keeps names unique and refuses a wrong token. Servers start when a test lets them.
"""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.adapters.stand_in import Asked, Reply, StandIn

__all__ = ["TOKEN", "HcloudStandIn", "failure"]

TOKEN = "hcloud-token-of-a-test"


def failure(status: int, code: str, message: str = "") -> Reply:
    """An answer that is an error, in the API's form."""
    words = message or f"a message for {code}"
    return Reply(status=status, body=json.dumps({"error": {"code": code, "message": words, "details": {}}}).encode())


class HcloudStandIn:
    """The API; an ``answer`` for :class:`StandIn`.

    Attributes:
        limit: how many servers the project may have.
        replies: given instead of the API's own answer, by method, until a test takes them away.
        servers: all there are, by number.
        largest_page: however many somebody wants at once.
        created: the body of each request for a server that was made.
    """

    def __init__(self, *, limit: int = 100, largest_page: int = 50) -> None:
        self.limit = limit
        self.replies: dict[str, Reply] = {}
        self.servers: dict[int, dict[str, Any]] = {}
        self.largest_page = largest_page
        self.created: list[dict[str, Any]] = []
        self._numbers = count(4711)

    def serve(self) -> StandIn:
        """A server for it, on the loopback; its addresses begin at ``/v1``."""
        return StandIn(self._answer)

    def start(self) -> None:
        """Let every server that is being made run."""
        for server in self.servers.values():
            if server["status"] in {"initializing", "starting"}:
                server["status"] = "running"

    def add(self, name: str, *, labels: Mapping[str, str] | None = None, status: str = "running") -> int:
        """A server that somebody else has made."""
        number = next(self._numbers)
        self.servers[number] = {
            "id": number,
            "name": name,
            "status": status,
            "created": f"2026-03-01T12:00:{number % 60:02}+00:00",
            "labels": dict(labels or {}),
            "public_net": {
                "ipv4": {"id": number, "ip": f"203.0.113.{number % 255}", "blocked": False, "dns_ptr": "x"},
                "ipv6": {"id": number, "ip": "2001:db8::/64", "blocked": False, "dns_ptr": []},
                "floating_ips": [],
                "firewalls": [],
            },
            "private_net": [{"network": 9, "ip": f"10.0.0.{number % 255}", "alias_ips": [], "mac_address": "86:0:0"}],
            "server_type": {"id": 1, "name": "cx23"},
            "protection": {"delete": False, "rebuild": False},
            "locked": False,
        }
        return number

    def _answer(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return failure(401, "unauthorized", "unable to authenticate")
        if asked.method in self.replies:
            return self.replies[asked.method]
        if asked.path == "/v1/servers":
            return self._create(json.loads(asked.body)) if asked.method == "POST" else self._list(asked.parameters)
        number = int(asked.path.removeprefix("/v1/servers/"))
        return self._delete(number) if asked.method == "DELETE" else failure(404, "not_found")

    def _list(self, wanted: Mapping[str, str]) -> Reply:
        label, _, value = wanted["label_selector"].partition("==")
        found = [server for server in self.servers.values() if server["labels"].get(label) == value]
        page, per_page = int(wanted["page"]), min(int(wanted["per_page"]), self.largest_page)
        begin = (page - 1) * per_page
        pagination = {
            "page": page,
            "per_page": per_page,
            "previous_page": page - 1 if page > 1 else None,
            "next_page": page + 1 if begin + per_page < len(found) else None,
            "last_page": max(1, -(-len(found) // per_page)),
            "total_entries": len(found),
        }
        answer = {"servers": found[begin : begin + per_page], "meta": {"pagination": pagination}}
        return Reply(body=json.dumps(answer).encode())

    def _create(self, wish: dict[str, Any]) -> Reply:
        if any(server["name"] == wish["name"] for server in self.servers.values()):
            return failure(409, "uniqueness_error", "server name is already used")
        if len(self.servers) >= self.limit:
            return failure(403, "resource_limit_exceeded", "server limit exceeded")
        number = self.add(wish["name"], labels=wish["labels"], status="initializing")
        self.created.append(wish)
        answer = {
            "server": self.servers[number],
            "action": {"id": 1, "command": "create_server", "status": "running"},
            "next_actions": [],
            "root_password": "a-password-that-nobody-asked-for",
        }
        return Reply(status=201, body=json.dumps(answer).encode())

    def _delete(self, number: int) -> Reply:
        if self.servers.pop(number, None) is None:
            return failure(404, "not_found", f"server with ID '{number}' not found")
        return Reply(body=json.dumps({"action": {"id": 2, "command": "delete_server", "status": "running"}}).encode())
