"""The archive of the journal: its database, its points, and what InfluxDB says when it does not want them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from skep.adapters.filing import Filed, Shelf
from skep.adapters.influx.access import InfluxAccess
from skep.adapters.influx_journal import EntriesRefused, InfluxJournal
from skep.core.record import Entry, EntryKind
from skep.errors import Permanent, Temporary
from tests.adapters.examples import HOSTILE_NAMES, entry
from tests.builders import NOW
from tests.servers import InfluxServer, free_port

pytestmark = pytest.mark.influx

NOON_NS = int(NOW.timestamp()) * 10**9


@pytest.fixture
def archive(influx_server: InfluxServer) -> Iterator[InfluxJournal]:
    with InfluxJournal(InfluxAccess(url=influx_server.url, database="skep")) as archive:
        yield archive


def filed(written: Entry, after_ns: int = 0) -> Filed:
    return Filed(filed_at_ns=NOON_NS + after_ns, entry=written)


def count(server: InfluxServer) -> int:
    """Points in the measurement."""
    found = server.query("SELECT count(entry) FROM skep_decisions", database="skep")
    return int(found[0]["values"][0][1]) if found else 0


class TestDatabase:
    """It is made where that is allowed, and used as it is where it exists."""

    def test_a_missing_database_is_made_to_last_for_ever(
        self, archive: InfluxJournal, influx_server: InfluxServer
    ) -> None:
        archive.write([filed(entry())])
        policies = influx_server.query("SHOW RETENTION POLICIES ON skep")[0]
        assert [dict(zip(policies["columns"], row, strict=True)) for row in policies["values"]] == [
            {
                "name": "autogen",
                "duration": "0s",
                "shardGroupDuration": "8736h0m0s",
                "replicaN": 1,
                "default": True,
            }
        ]

    def test_a_database_that_exists_is_left_as_it_is(self, archive: InfluxJournal, influx_server: InfluxServer) -> None:
        influx_server.query("CREATE DATABASE skep WITH DURATION 3000d NAME years")
        archive.write([filed(entry())])
        assert influx_server.query("SHOW RETENTION POLICIES ON skep")[0]["values"][0][:2] == ["years", "72000h0m0s"]

    def test_another_retention_policy_than_the_default_is_used_where_it_is_named(
        self, influx_server: InfluxServer
    ) -> None:
        influx_server.query("CREATE DATABASE skep; CREATE RETENTION POLICY ever ON skep DURATION INF REPLICATION 1")
        access = InfluxAccess(url=influx_server.url, database="skep", retention_policy="ever")
        with InfluxJournal(access) as archive:
            archive.write([filed(entry())])
            assert archive.newest(Shelf.CHANGES) == (filed(entry()),)
        assert count(influx_server) == 0

    def test_a_name_that_needs_quotes_is_quoted(self, influx_server: InfluxServer) -> None:
        with InfluxJournal(InfluxAccess(url=influx_server.url, database='my "skep"')) as archive:
            archive.write([filed(entry())])
            assert len(archive.newest(Shelf.CHANGES)) == 1
        assert influx_server.databases() == ('my "skep"',)

    def test_a_missing_database_reads_as_empty(self, archive: InfluxJournal) -> None:
        assert archive.newest(Shelf.CHANGES) == ()


class TestLogin:
    """Who may not is told what an administrator has to do."""

    @pytest.fixture
    def access(self, guarded_influx_server: InfluxServer) -> InfluxAccess:
        guarded_influx_server.query("CREATE USER skep WITH PASSWORD 'right'")
        return InfluxAccess(url=guarded_influx_server.url, database="skep", username="skep", password="right")

    def test_a_user_who_may_write_writes_and_reads(
        self, access: InfluxAccess, guarded_influx_server: InfluxServer
    ) -> None:
        guarded_influx_server.query("CREATE DATABASE skep; GRANT ALL ON skep TO skep")
        with InfluxJournal(access) as archive:
            archive.write([filed(entry())])
            assert archive.newest(Shelf.CHANGES) == (filed(entry()),)

    def test_a_missing_database_that_may_not_be_made_is_told_with_its_remedy(self, access: InfluxAccess) -> None:
        with InfluxJournal(access) as archive, pytest.raises(Permanent, match="CREATE DATABASE") as caught:
            archive.write([filed(entry())])
        assert "user 'skep'" in str(caught.value)

    def test_a_user_without_the_right_to_write_needs_a_person(
        self, access: InfluxAccess, guarded_influx_server: InfluxServer
    ) -> None:
        guarded_influx_server.query("CREATE DATABASE skep; GRANT READ ON skep TO skep")
        with InfluxJournal(access) as archive:
            assert archive.newest(Shelf.CHANGES) == ()
            with pytest.raises(Permanent, match="user 'skep'") as caught:
                archive.write([filed(entry())])
        assert not isinstance(caught.value, EntriesRefused)

    def test_a_wrong_password_needs_a_person_and_is_not_shown(self, access: InfluxAccess) -> None:
        with InfluxJournal(replace(access, password="hunter2")) as archive:
            with pytest.raises(Permanent, match="user 'skep'") as of_write:
                archive.write([filed(entry())])
            with pytest.raises(Permanent, match="user 'skep'") as of_read:
                archive.newest(Shelf.CHANGES)
        assert not isinstance(of_write.value, EntriesRefused)
        assert "hunter2" not in str(of_write.value) + str(of_read.value)

    def test_a_login_is_missing(self, access: InfluxAccess) -> None:
        with InfluxJournal(replace(access, username=None, password=None)) as archive, pytest.raises(Permanent):
            archive.write([filed(entry())])


class TestPoints:
    """An entry is one point, for ever the same one."""

    def test_writing_again_changes_nothing(self, archive: InfluxJournal, influx_server: InfluxServer) -> None:
        entries = [filed(entry(number), number) for number in range(10)]
        archive.write(entries)
        archive.write(entries)
        assert count(influx_server) == 10

    def test_entries_of_one_millisecond_are_points_of_their_own(
        self, archive: InfluxJournal, influx_server: InfluxServer
    ) -> None:
        archive.write([filed(entry(), nanosecond) for nanosecond in range(100)])
        assert count(influx_server) == 100

    def test_a_dashboard_finds_old_new_and_the_sentence(
        self, archive: InfluxJournal, influx_server: InfluxServer
    ) -> None:
        archive.write([filed(entry(7, actor="alice", reason="sale"))])
        found = influx_server.query(
            "SELECT old, new, sentence, actor, evaluation, task_id FROM skep_decisions GROUP BY *", database="skep"
        )[0]
        assert found["tags"] == {"service": "web", "kind": "changed", "by": "person"}
        assert found["values"] == [
            ["2026-03-01T12:00:00Z", 3, 7, "web 3 → 7: sale", "alice", 1_763_910_000_123, "scale.web.7"]
        ]

    def test_actors_are_told_apart_without_a_series_for_each(
        self, archive: InfluxJournal, influx_server: InfluxServer
    ) -> None:
        actors = ["skep", *(f"webhook:{n}" for n in range(50)), *(f"person{n}" for n in range(50))]
        archive.write([filed(entry(actor=actor), n) for n, actor in enumerate(actors)])
        series = influx_server.query("SHOW SERIES FROM skep_decisions", database="skep")[0]["values"]
        assert sorted(row[0].partition(",")[2] for row in series) == [
            "by=person,kind=changed,service=web",
            "by=skep,kind=changed,service=web",
            "by=webhook,kind=changed,service=web",
        ]

    def test_no_name_breaks_out_of_its_line(self, archive: InfluxJournal, influx_server: InfluxServer) -> None:
        archive.write([filed(entry(service=name), n) for n, name in enumerate(HOSTILE_NAMES.values())])
        assert count(influx_server) == len(HOSTILE_NAMES)
        assert [row["name"] for row in influx_server.query("SHOW MEASUREMENTS", database="skep")] == ["measurements"]
        assert len(influx_server.query("SHOW MEASUREMENTS", database="skep")[0]["values"]) == 1


class TestReading:
    """Newest first, from any point backwards."""

    def test_only_what_was_filed_before_a_place_is_told(self, archive: InfluxJournal) -> None:
        archive.write([filed(entry(number), number) for number in range(5)])
        found = archive.newest(Shelf.CHANGES, before_ns=NOON_NS + 3, limit=2)
        assert [one.filed_at_ns - NOON_NS for one in found] == [2, 1]

    def test_each_shelf_is_told_by_itself(self, archive: InfluxJournal) -> None:
        kinds = list(EntryKind)
        archive.write([filed(entry(kind=kind), n) for n, kind in enumerate(kinds)])
        assert [one.entry.kind for one in archive.newest(Shelf.STATES)] == [EntryKind.STATE]
        assert [one.entry.kind for one in archive.newest(Shelf.CHANGES)] == [
            kind for kind in reversed(kinds) if kind is not EntryKind.STATE
        ]

    def test_a_point_that_cannot_be_read_is_passed_over(
        self, archive: InfluxJournal, influx_server: InfluxServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        archive.write([filed(entry())])
        influx_server.write([f'skep_decisions,kind=changed,service=web entry="{{" {NOON_NS + 1}'], database="skep")
        assert archive.newest(Shelf.CHANGES) == archive.newest(Shelf.CHANGES) == (filed(entry()),)
        assert len(caplog.records) == 1


class TestTrouble:
    """What passes by itself is told from what does not."""

    def test_nobody_listening_is_temporary(self) -> None:
        with InfluxJournal(InfluxAccess(url=f"http://127.0.0.1:{free_port()}", database="skep")) as archive:
            with pytest.raises(Temporary, match="out of reach"):
                archive.write([filed(entry())])
            with pytest.raises(Temporary, match="out of reach"):
                archive.newest(Shelf.CHANGES)

    def test_a_frozen_influxdb_is_out_of_reach_after_the_timeout_and_not_later(
        self, influx_server: InfluxServer
    ) -> None:
        access = InfluxAccess(url=influx_server.url, database="skep")
        with InfluxJournal(access, timeout=timedelta(milliseconds=200)) as archive:
            archive.write([filed(entry(1))])
            influx_server.pause()
            with pytest.raises(Temporary, match="out of reach"):
                archive.write([filed(entry(2), 1)])
            with pytest.raises(Temporary, match="out of reach"):
                archive.newest(Shelf.CHANGES)
            influx_server.resume()

    def test_a_restart_is_survived_by_the_same_journal(
        self, archive: InfluxJournal, influx_server: InfluxServer
    ) -> None:
        archive.write([filed(entry(1))])
        influx_server.restart()
        archive.write([filed(entry(2), 1)])
        assert [one.entry.replicas_after for one in archive.newest(Shelf.CHANGES)] == [2, 1]

    def test_entries_beyond_what_a_request_may_hold_are_refused_unsent(self) -> None:
        with (
            InfluxJournal(InfluxAccess(url="http://127.0.0.1:1", database="skep")) as archive,
            pytest.raises(EntriesRefused, match="more than one request may hold"),
        ):
            archive.write([filed(entry(reason="x" * 2_000_000), n) for n in range(2)])

    def test_a_database_that_takes_no_entry_at_all_needs_a_person(
        self, archive: InfluxJournal, influx_server: InfluxServer
    ) -> None:
        influx_server.write([f'skep_decisions old="three" {NOON_NS}'], database="skep")
        with pytest.raises(Permanent, match="field type conflict") as caught:
            archive.write([filed(entry())])
        assert not isinstance(caught.value, EntriesRefused)
