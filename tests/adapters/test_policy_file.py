"""The policy file where it lies: read anew when it changed, and never lost for a mistake."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from skep import wiring
from skep.adapters.policy_file import PolicyFileOnDisk

WEB = "services: {shop_web: {enable: true, max: 20, requests: 50/s}}\n"
BROKEN = "services: {shop_web"


@pytest.fixture
def process_without_settings() -> Iterator[None]:
    """A process that has not read its settings, before the test and after it."""
    caches = (wiring.settings, wiring._policy_file)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def put(path: Path, text: str) -> None:
    """A new file over the old one, as its operator should do it."""
    new = path.with_name("new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yml"
    put(path, WEB)
    return path


def test_the_file_is_read(path: Path) -> None:
    file = PolicyFileOnDisk(path).current()
    assert (file.name, file.covers("shop_web"), file.problems) == ("policy.yml", True, ())


def test_a_file_that_did_not_change_is_not_read_again(path: Path) -> None:
    on_disk = PolicyFileOnDisk(path)
    assert on_disk.current() is on_disk.current()


def test_a_new_file_is_seen(path: Path) -> None:
    on_disk = PolicyFileOnDisk(path)
    on_disk.current()
    put(path, WEB.replace("shop_web", "blog"))
    assert on_disk.current().covers("blog")


def test_a_file_that_was_changed_in_place_is_seen_by_its_time_though_its_size_is_the_same(path: Path) -> None:
    on_disk = PolicyFileOnDisk(path)
    on_disk.current()
    path.write_text(WEB.replace("shop_web", "shop_api"), encoding="utf-8")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert on_disk.current().covers("shop_api")


def test_a_file_that_cannot_be_read_any_more_leaves_the_last_good_one_with_the_reason(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    on_disk = PolicyFileOnDisk(path)
    on_disk.current()
    put(path, BROKEN)
    with caplog.at_level(logging.ERROR):
        file = on_disk.current()
        on_disk.current()
    assert file.covers("shop_web")
    assert "valid YAML" in file.failure[0].sentence
    assert len(caplog.records) == 1


def test_a_file_that_was_mended_is_good_again(path: Path) -> None:
    on_disk = PolicyFileOnDisk(path)
    put(path, BROKEN)
    on_disk.current()
    put(path, WEB)
    assert on_disk.current().failure == ()


def test_a_file_that_is_not_there_is_told_once_and_read_when_it_comes(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.unlink()
    on_disk = PolicyFileOnDisk(path)
    with caplog.at_level(logging.ERROR):
        file = on_disk.current()
        on_disk.current()
    assert "No such file" in file.failure[0].sentence
    assert len(caplog.records) == 1
    put(path, WEB)
    assert on_disk.current().covers("shop_web")


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    assert "a file that can be read" in PolicyFileOnDisk(tmp_path).current().failure[0].expected


def test_a_file_that_is_far_too_long_is_not_read_to_its_end(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "at most 1048576 bytes" in PolicyFileOnDisk(path).current().failure[0].expected


@pytest.mark.usefixtures("process_without_settings")
def test_a_process_reads_the_file_that_its_settings_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKEP_POLICY_FILE", str(path))
    file = wiring.label_defaults().file
    assert file is not None
    assert file.covers("shop_web")


@pytest.mark.usefixtures("process_without_settings")
def test_a_process_without_a_file_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKEP_POLICY_FILE", raising=False)
    assert wiring.label_defaults().file is None
