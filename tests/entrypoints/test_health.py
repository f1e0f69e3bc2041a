"""The sign of life tells a living process from a dead one."""

from pathlib import Path

import pytest

from workers.health import OLDEST_SIGN_S, age_s, main, sign_of_life


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKEP_STATE_DIR", str(tmp_path))
    return tmp_path


def test_a_fresh_sign_is_healthy(state_dir: Path) -> None:
    sign_of_life("worker", state_dir)
    assert main(["worker"]) == 0


def test_a_process_that_never_gave_one_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["beat"]) == 1
    assert "the beat never gave a sign of life" in capsys.readouterr().err


def test_an_old_sign_is_not(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sign_of_life("worker", state_dir)
    file = state_dir / "worker.alive"
    file.write_text(str(float(file.read_text()) - OLDEST_SIGN_S - 1))
    assert main(["worker"]) == 1
    assert "61 s ago" in capsys.readouterr().err


def test_a_sign_from_before_the_machine_started_does_not_count(state_dir: Path) -> None:
    (state_dir / "worker.alive").write_text("1e18")
    assert age_s("worker", state_dir) is None


def test_an_unknown_process_is_a_usage_error() -> None:
    assert main(["flower"]) == 2
