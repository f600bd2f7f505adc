"""The table of `make bench`: ratios are of one round, and the page shows what was measured."""

from tests.bench.table import BEGIN, END, PAGE, page_with, table

MACHINE = {
    "date": "2026-11-30", "version": "0.1.0+abc", "processor": "AMD EPYC", "cores": 2,
    "memory_gb": 24, "python": "3.11.7", "load": 0.1,
}  # fmt: skip


def row(measure: str, cpu: float, **about) -> dict:
    return {"measure": measure, "cpu_seconds": cpu, "wall_seconds": 1.0, "peak_mb": 900.0, **about}


def month(cpu: float, history: int, areas: int = 1) -> dict:
    return row("more", cpu, areas=areas, history=history, disk_mb=50.0)


def results(*rows: dict, **more) -> dict:
    return {"machine": MACHINE, "rounds": 2, "rows": list(rows), **more}


def test_a_month_is_held_against_the_floor_of_its_own_round() -> None:
    told = table(results(row("floor", 10), month(30, 13), row("floor", 20), month(40, 13)))
    (line,) = (line for line in told.splitlines() if "13 months" in line)
    assert line.split(" | ")[1:] == ["35.0", "1.0", "2.50; 1.00", "900", "50 |"]


def test_a_month_in_which_nothing_was_delivered_is_no_point_of_the_growth() -> None:
    told = table(results(row("floor", 10), row("nothing", 25, areas=1, history=0), month(40, 13)))
    assert "| a month in which nothing was delivered | 25.0 | 1.0 | 2.50; 1.00 |" in told
    assert "against 0" not in told and "exponent" not in told


def test_growth_is_a_ratio_and_an_exponent_of_months() -> None:
    told = table(results(row("floor", 10), month(20, 6), month(40, 13)))
    assert "| one month more on 13 months against 6 | 2 |" in told
    assert "| exponent of a month's CPU time by months, 6 to 13 | 1 |" in told


def test_areas_are_held_against_one_area_on_the_same_history() -> None:
    told = table(results(row("floor", 10), month(20, 11), month(70, 11, areas=5)))
    assert "| a month of 5 areas against one, on 11 months | 3.5 |" in told


def test_the_page_changes_between_its_marks_only_and_has_them() -> None:
    page = PAGE.read_text("utf-8")
    changed = page_with(page, results(row("floor", 10)))
    assert changed != page
    assert changed.partition(BEGIN)[0] == page.partition(BEGIN)[0]
    assert changed.partition(END)[2] == page.partition(END)[2]
