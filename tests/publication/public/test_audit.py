"""The audit finds what public files give away, and lets pass what they do not."""

import csv
from calendar import monthrange
from dataclasses import dataclass

import pytest

from orchestration.publication.public import audit
from orchestration.publication.public.audit import FIGURES, RESTATEMENTS, Attack, Key, Relation

SYMBOLS = {"c": (1, 7), "*": (0, 7)}
COLUMNS = (
    *Key._fields,
    "numerator", "numerator_symbol", "denominator", "denominator_symbol", "value", "value_symbol",
    "unit", "aggregation", "is_position", "is_exact", "rounded_to",
)  # fmt: skip
YEAR = {"period_type": "calendar_year", "period_start": "2025-01-01", "period_end": "2025-12-31"}


@dataclass
class Files:
    """Public releases, written one after the other."""

    folder: object
    count: int = 0

    def release(self, *rows, restated=()):
        self.count += 1
        folder = self.folder / f"r{self.count}"
        folder.mkdir()
        for name, columns, lines in (
            (FIGURES, COLUMNS, rows),
            (RESTATEMENTS, Key._fields, restated),
        ):
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(lines)
        return self

    def told(self, *relations):
        folders = sorted(self.folder.iterdir())
        attack = Attack(folders[:-1], SYMBOLS, [Relation(**one) for one in relations])
        found = attack.on(folders[-1])
        return [(one.kind, one.key.breakdown_value, one.what, one.least, one.most) for one in found]


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def row(numerator, value="all", denominator="z", share="z", *, exact=False, step=5, **changed):
    """A row of a public file: a string that is no number is a symbol."""
    cells = {"numerator": numerator, "denominator": denominator, "value": share}
    told = {"indicator_id": "plans_n", "basis": "local", "area_code": "E06999999", **YEAR}
    told |= {"breakdown": "all" if value == "all" else "sex", "breakdown_value": value}
    told |= {"unit": "count", "aggregation": "sum", "is_position": "false"}
    told |= {"is_exact": str(exact).lower(), "rounded_to": 0 if exact else step}
    for name, cell in cells.items():
        is_symbol = isinstance(cell, str)
        told |= {name: "" if is_symbol else cell, f"{name}_symbol": cell if is_symbol else ""}
    return told | changed


def month(number, numerator, **changed):
    period = {"period_type": "month", "period_start": f"2025-{number:02}-01"}
    end = f"2025-{number:02}-{monthrange(2025, number)[1]}"
    return row(numerator, **period, period_end=end, **changed)


def share(part, whole, value, label="all", **changed):
    return row(part, label, whole, value, unit="pct", aggregation="ratio_of_sums", **changed)


SHARE = {"unit": "pct", "aggregation": "ratio_of_sums", "share": "c"}


def growing(end, numerator, **changed):
    period = {"period_type": "ytd", "period_start": "2025-01-01", "period_end": end}
    return row(numerator, **period, **changed)


def rolling(start, end, numerator, **changed):
    period = {"period_type": "rolling_3m", "period_start": start, "period_end": end}
    return row(numerator, **period, **changed)


def mean(value, base, **changed):
    return row("z", "all", base, value, unit="weeks", aggregation="mean", **changed)


def rate(part, whole, value, **changed):
    return row(
        part, "all", whole, value, unit="rate_per_1000", aggregation="ratio_of_sums", **changed
    )


TEN = [month(number, 20, exact=True) for number in range(1, 13)]
# Each planted disclosure, and a near miss beside it that gives nothing away.
PLANTED = {
    "an exact total and exact other parts": (
        [row(103, exact=True), row(50, "F", exact=True), row(50, "M", exact=True), row("c", "U")],
        [row(105), row(50, "F"), row(50, "M"), row("c", "U")],
    ),
    "rounded parts that leave few numbers": (
        [row(105), row(95, "F"), row("c", "U")],
        [row(100), row(95, "F"), row("c", "U")],
    ),
    "two hidden parts that can only be one each": (
        [row(32, exact=True), row(30, "F", exact=True), row("c", "M"), row("c", "U")],
        [row(38, exact=True), row(30, "F", exact=True), row("c", "M"), row("c", "U")],
    ),
    "a year and its other months": (
        [row(223, exact=True), *TEN[:11], month(12, "c")],
        [row(225), *(month(number, 20) for number in range(1, 12)), month(12, "c")],
    ),
    "the year to date and that of a month ago": (
        [growing("2025-05-31", 100, step=1), growing("2025-06-30", 102, step=1)],
        [growing("2025-05-31", 100), growing("2025-06-30", 105)],
    ),
    "a group within another": (
        [row(20, exact=True, indicator_id="all_n"), row(18, step=1, indicator_id="fewer_n")],
        [row(20, indicator_id="all_n"), row(20, indicator_id="fewer_n")],
    ),
    "a share whose count is hidden": (
        [share("c", 60, 5)],
        [share("c", 60, "c")],
    ),
    "a breakdown of which one group is empty": (
        [share(50, 105, 48), share(45, 95, 47, "F"), share("c", "c", "c", "M"),
         share("z", "z", "z", "U")],
        [share(50, 105, 48), share(45, 100, 45, "F"), share("c", "c", "c", "M"),
         share("z", "z", "z", "U")],
    ),
    "all of a small group": (
        [share("c", 8, 100, step=1)],
        [share(30, 30, 100)],
    ),
    "the rest of a share": (
        [share(97, 100, 97, step=1)],
        [share(95, 105, 90)],
    ),
    "the total that somebody else publishes": (
        [row(55), row(50, "F", exact=True), row("c", "U"), row(56, exact=True, basis="published")],
        [row(55), row(50, "F"), row("c", "U"), row(53, exact=True, basis="published")],
    ),
    "two windows that differ by two months": (
        [
            rolling("2025-03-01", "2025-05-31", 30, exact=True),
            rolling("2025-04-01", "2025-06-30", 24, exact=True),
            month(3, 10, exact=True), month(6, "c"),
        ],
        [
            rolling("2025-03-01", "2025-05-31", 30), rolling("2025-04-01", "2025-06-30", 25),
            month(3, 10), month(6, "c"),
        ],
    ),
    "a window and its other months": (
        [rolling("2025-01-01", "2025-03-31", 24, exact=True), *TEN[:1], month(2, 0), month(3, "c")],
        [rolling("2025-01-01", "2025-03-31", 25), month(1, 20), month(2, 0), month(3, "c")],
    ),
    "a quarter and a year to date of the same days": (
        [
            growing("2025-03-31", "c"),
            growing("2025-03-31", 3, exact=True) | {"period_type": "quarter"},
        ],
        [growing("2025-03-31", "c"), growing("2025-03-31", "c") | {"period_type": "quarter"}],
    ),
    "groups that make up another, all but one": (
        [row(50, indicator_id="in_n", step=1), row("c", indicator_id="out_n"),
         row(53, indicator_id="both_n", step=1)],
        [row(50, indicator_id="in_n"), row("c", indicator_id="out_n"),
         row(55, indicator_id="both_n")],
    ),
    "what is left between two groups": (
        [row(60, indicator_id="waiting_n", step=1), row(40, indicator_id="short_n", step=1),
         row(18, indicator_id="long_n", step=1)],
        [row(60, indicator_id="waiting_n"), row(40, indicator_id="short_n"),
         row(10, indicator_id="long_n")],
    ),
    "an exact count that is the hidden one": (
        [row("c", indicator_id="plans_n"), share(0, 6, 0, exact=True, indicator_id="on_time_pct")],
        [row(10, indicator_id="plans_n"), share(0, 11, 0, exact=True, indicator_id="on_time_pct")],
    ),
    "an exact count that tells what a rounded share leaves over": (
        [
            row(52, indicator_id="plans_n", exact=True),
            share(50, 50, 96, step=1, indicator_id="on_time_pct"),
        ],
        [
            row(52, indicator_id="plans_n", exact=True),
            share(40, 50, 80, indicator_id="on_time_pct"),
        ],
    ),
    "a rate over a known population": (
        [rate("c", 1000, 3)],
        [rate("c", 1000, "c")],
    ),
    "a mean and its cases": (
        [mean(0, 6, step=1)],
        [mean(2, 20)],
    ),
    "a share that was worked out before its counts were rounded": (
        [share(95, 100, 99)],
        [share(95, 105, 90)],
    ),
    "none of a small group": (
        [share(0, 9, 0, step=1)],
        [share(0, 30, 0)],
    ),
    "two breakdowns of a total that is hidden": (
        [
            row("c"),
            row(5, "F", exact=True), row("c", "M"),
            *(row(n, b, breakdown="age_band") for n, b in (("c", "0-4"), ("c", "5-10"))),
        ],
        [row("c"), row("c", "F"), row("c", "M")],
    ),
}  # fmt: skip
RELATIONS = [
    {"whole": "all_n.numerator", "within": ["fewer_n.numerator"]},
    {"whole": "both_n.numerator", "all_of": ["in_n.numerator", "out_n.numerator"]},
    {"same": ["on_time_pct.denominator", "plans_n.numerator"]},
    {"whole": "waiting_n.numerator", "within": ["short_n.numerator", "long_n.numerator"]},
]


@pytest.mark.parametrize("way", PLANTED)
def test_a_planted_disclosure_is_found_and_its_near_miss_is_not(files, tmp_path, way):
    planted, near_miss = PLANTED[way]
    assert files.release(*near_miss).told(*RELATIONS) == []
    (tmp_path / "planted").mkdir()
    assert Files(tmp_path / "planted").release(*planted).told(*RELATIONS)


def test_what_an_earlier_release_showed_is_hidden_in_vain(files):
    files.release(row(12), row(6, "F", exact=True), row(8, "M"))
    files.release(row(12), row("c", "F"), row(8, "M"))
    assert ("exact", "F", "numerator", 6, 6) in files.told()


def test_what_was_corrected_since_an_earlier_release_is_not_told_by_it(files):
    files.release(row(15), row(6, "F", exact=True), row(8, "M"))
    files.release(row(15), row("c", "F"), row(10, "M"), restated=[row(0), row(0, "F")])
    assert files.told() == []


def test_a_part_that_is_not_named_among_the_corrections_is_known_to_have_stayed(files):
    files.release(row(13, exact=True), row(10, "F"), row("c", "M"))
    total, part = row(15, exact=True), row(10, "F")
    files.release(total, part, row("c", "M"), restated=[row(0), row(0, "F"), row(0, "M")])
    assert files.told() == []
    files.release(row(13, exact=True), part, row("c", "M"), restated=[row(0), row(0, "F")])
    assert ("narrow", "M", "numerator", 3, 5) in files.told()


def test_a_figure_that_a_release_leaves_out_is_another_where_its_total_was_corrected(files):
    files.release(row(12), row(6, "F", exact=True), row(8, "M"))
    files.release(row(12), restated=[row(0)])
    files.release(row(12), row("c", "F"), row(8, "M"))
    assert ("exact", "F", "numerator", 6, 6) not in files.told()


def test_a_hidden_part_may_be_nearly_all_of_its_whole(files):
    months = [month(1, 40, **SHARE, denominator=60), month(2, "c", **SHARE, denominator=60)]
    files.release(*months, rolling("2025-01-01", "2025-02-28", 95, **SHARE, denominator=120))
    assert files.told() == []
    (files.folder / "alone").mkdir()
    known = [month(1, 40, **SHARE, denominator=60), month(2, "c", **SHARE, denominator=60)]
    whole = rolling("2025-01-01", "2025-02-28", 97, **SHARE, denominator=120)
    exact = [one | {"rounded_to": 1} for one in (*known, whole)]
    told = Files(files.folder / "alone").release(*exact).told()
    assert ("exact", "all", "numerator", 3, 3) in told


class Anew(audit.Reader):
    """Reads every row of a release as if there were none before it."""

    def take(self, rows, restated):
        self._by_key = {}
        super().take(rows, restated)


def test_what_stood_in_the_release_before_need_not_be_read_again(files):
    since = [growing(end, 10) for end in ("2025-01-31", "2025-02-28")]
    files.release(row(60), row(50, "F"), row("c", "M"), *since)
    files.release(row(60), row(50, "F"), row("c", "M"), *since, growing("2025-03-31", 15))
    files.release(row(70), row(60, "F"), row("c", "M"), restated=[row(0), row(0, "F")])
    files.release(row(70), row(60, "F"), *since)
    folders = sorted(files.folder.iterdir())
    known, _ = Attack(folders[:-1], SYMBOLS).learn(folders[-1])
    reader = Anew(SYMBOLS, [])
    for folder in folders:
        rows = audit.figures(folder / FIGURES, {})
        reader.take(rows, audit.restated(folder / RESTATEMENTS))
    assert vars(known) == vars(reader.known)


def test_releases_that_cannot_both_be_true_are_no_proof_of_safety(files):
    files.release(row(100), row(50, "F"), row("c", "U"))
    files.release(row(200), row(50, "F"), row("c", "U"))
    assert [kind for kind, *_ in files.told()] == ["unsolved"]


def test_a_finding_says_which_figures_give_it_away(files):
    files.release(row(103, exact=True), row(100, "F", exact=True), row("c", "U"))
    (found,) = Attack([], SYMBOLS).on(next(files.folder.iterdir()))
    assert (found.kind, found.least, found.most) == ("exact", 3, 3)
    assert found.given_away_by == ("the total and the other sex",)
