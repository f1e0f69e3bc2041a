"""The lab's InfluxDB: a real influxd 1.x with its own configuration and data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import requests
from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError

from lab.real import direct, processes, waiting
from lab.real.layout import Layout
from lab.real.processes import Process

PROCESS = "influxd"
DATABASE = "telegraf"
_START_PATIENCE = timedelta(seconds=30)
_CALL_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of InfluxDB."""

    user: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Who may do what where authentication is on: everything; write points; read points and nothing else."""

    admin: Account
    writer: Account
    reader: Account


def start(layout: Layout, *, address: str, port: int, authenticated: bool) -> Process:
    """Start influxd on one address (it cannot listen on two); does not wait for it."""
    data = layout.data / "influxdb"
    data.mkdir(parents=True, exist_ok=True)
    configuration = layout.run / "influxdb.conf"
    configuration.write_text(_configuration(str(data), address, port, authenticated=authenticated))
    return processes.start(layout, PROCESS, ("influxd", "run", "-config", str(configuration)))


def wait_ready(address: str, port: int) -> None:
    """Return when InfluxDB answers.

    Raises:
        LabUnavailable: when it does not within 30 s.
    """

    def answers() -> bool:
        try:
            with _client(address, port) as client:
                return bool(client.ping())
        except (requests.RequestException, InfluxDBClientError, InfluxDBServerError):
            return False

    waiting.until(answers, patience=_START_PATIENCE, what=f"influxd to answer on {address}:{port}")


def prepare(address: str, port: int, accounts: Accounts | None) -> None:
    """Make the accounts, where there shall be any, and the database the collector writes to."""
    with _client(address, port) as client:
        if accounts is not None:
            # The first administrator may be made by anybody; from then on each statement needs him.
            client.create_user(accounts.admin.user, accounts.admin.password, admin=True)
            client.switch_user(accounts.admin.user, accounts.admin.password)
        client.create_database(DATABASE)
        if accounts is not None:
            client.create_user(accounts.writer.user, accounts.writer.password)
            client.grant_privilege("write", DATABASE, accounts.writer.user)
            client.create_user(accounts.reader.user, accounts.reader.password)
            client.grant_privilege("read", DATABASE, accounts.reader.user)


def _client(address: str, port: int) -> InfluxDBClient:
    return InfluxDBClient(host=address, port=port, timeout=_CALL_TIMEOUT_S, retries=1, session=direct.session())


def _configuration(data: str, address: str, port: int, *, authenticated: bool) -> str:
    def text(value: str) -> str:
        return json.dumps(value)

    return f"""\
reporting-disabled = true
# The service for backups; nothing in the lab uses it, but it insists on a port.
bind-address = "127.0.0.1:0"

[meta]
dir = {text(data + "/meta")}

[data]
dir = {text(data + "/data")}
wal-dir = {text(data + "/wal")}
query-log-enabled = false

[coordinator]
query-timeout = "10s"

[monitor]
# Its own statistics, every ten seconds, for nobody.
store-enabled = false

[http]
bind-address = {text(f"{address}:{port}")}
auth-enabled = {str(authenticated).lower()}
log-enabled = false

[logging]
level = "warn"
"""
