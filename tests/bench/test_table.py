"""The tables show every figure, readably, on a narrow terminal."""

import io

import pytest
from rich.console import Console

from tests.bench.figures import Figure, Figures, spread
from tests.bench.table import figure_text, tables

WIDTH = 80
FIGURES: Figures = {
    "core_decisions_per_s_1000_services": 12289.0,
    **spread("lab_tick_s", [0.0213, 0.03]),
    **spread("surge_to_running_s", [9.8, 12.1]),
    "rss_mib_observer": 61.4,
    "pss_mib_observer_family": 98.2,
    "idle_cpu_percent_observer": 0.412,
    "rss_mib_redis": 9.1,
    "ratio_no_op_observer_pss": 1.4,
    "environment_influxd": "InfluxDB v1.6.7~rc0 (git: unknown unknown) and quite a few words more than there is room",
    "is_quick": False,
}


def shown(figures: Figures) -> str:
    console = Console(file=io.StringIO(), width=WIDTH)
    with console.capture() as captured:
        console.print(tables(figures))
    return captured.get()


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(len(line.rstrip()) for line in shown(FIGURES).splitlines()) <= WIDTH


def test_no_figure_is_cut_off() -> None:
    assert "…" not in shown(FIGURES)


def test_what_was_not_measured_has_no_table() -> None:
    text = shown({"core_decisions_per_s_1000_services": 12289.0})
    assert "12,289" in text
    assert "surge" not in text
    assert "10,000 services" not in text


def test_a_figure_that_no_table_knows_is_listed_by_its_name() -> None:
    assert "brand_new_figure_s" in shown({"brand_new_figure_s": 1.0})


def test_the_figures_of_a_process_stand_side_by_side() -> None:
    line = next(line for line in shown(FIGURES).splitlines() if line.startswith("observer "))
    assert line.split()[1:] == ["61.4", "98.2", "0.412"]


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        pytest.param(0.02134, "0.0213", id="three digits of a small one"),
        pytest.param(9.8, "9.80", id="as many of a middle one"),
        pytest.param(12289.3, "12,289", id="thousands are set apart"),
        pytest.param(5, "5", id="a count"),
        pytest.param(0.0, "0", id="nothing"),
        pytest.param("a1b2", "a1b2", id="words"),
        pytest.param(True, "yes", id="true"),
    ],
)
def test_figures_read_as_people_write_them(figure: Figure, text: str) -> None:
    assert figure_text(figure) == text
