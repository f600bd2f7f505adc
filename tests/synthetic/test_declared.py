"""Deliveries made from a contract and a description: right, coherent, and about known children."""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest
import yaml

from ingest.contracts import Contract
from ingest.contracts.synthetic import Declared, contradictions, senders_of
from ingest.synthetic import declared as made
from ingest.synthetic import ehc_cases
from ingest.synthetic.days import month_end
from ingest.synthetic.declared import DeclaredArea, Sending, contract_defects, sendings
from ingest.synthetic.defects import plant
from ingest.synthetic.ehc_people import add_people
from ingest.synthetic.identifiers import pupil_numbers
from ingest.synthetic.population import Known
from ingest.synthetic.randomness import Draws
from ingest.synthetic.roll import patients, pupils, without_case
from ingest.typed.cells import Delivered
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable
from ingest.written import WrongContract, read

MONTHS = [str(month) for month in pd.period_range("2024-09", "2025-06", freq="M")]
CONTRACT = """
feed: clubs
title: Clubs
kind: person
sender: Schools
source: Agreed locally
cadence: monthly
flow_look_back_months: 3
effective_from: "2020-01"
formats: [csv, xlsx]
tables:
  - name: places
    description: One row per place
    key: [place_id]
    columns:
      - {name: place_id, type: text, required: true, use: pseudonym, description: Number}
      - {name: upn, type: upn, required: true, use: pseudonym, becomes: upn_id, description: UPN}
      - {name: birth_date, type: date, required: true, use: month, is_event: false, description: B}
      - {name: case_id, type: text, use: pseudonym, domain: case, description: Case}
      - {name: sex, type: code, codes: sexes, description: Sex}
      - {name: ethnicity, type: code, codes: ethnic_groups, description: Ethnic group}
      - {name: urn, type: urn, description: School}
      - {name: asked_date, type: date, required: true, description: Asked}
      - {name: start_date, type: date, description: Begun}
      - {name: review_date, type: date, may_be_future: true, description: To be looked at}
      - {name: end_date, type: date, description: Ended}
      - {name: outcome, type: code, codes: referral_outcomes, description: Outcome}
      - {name: hours, type: number, description: Hours}
      - {name: has_plan, type: boolean, description: Plan}
      - {name: notes, type: text, use: discard, is_optional: true, description: Notes}
    rules:
      - {id: CL1, description: in order, in_order: [asked_date, start_date, end_date]}
      - {id: CL2, description: reviewed after, strictly_in_order: [asked_date, review_date]}
      - {id: CL3, description: ages, age_between: [4, 15], age_of: [birth_date, asked_date]}
"""
DESCRIBED = """
feed: clubs
tables:
  places:
    arises: {column: asked_date, per_month: 40}
    open_until: end_date
    children: {ages: [5, 15], with_plan: 0.4, again_after: 6}
    columns:
      start_date: {after: asked_date, days: [-5, 40], missing: 0.1}
      review_date: {after: start_date, days: [-60, 80]}
      end_date: {after: start_date, days: [-20, 120], missing: 0.05}
      outcome: {pick: {accepted: 3, not_accepted: 1}, once: end_date}
      hours: {between: [1, 10]}
      has_plan: {child: has_plan}
"""


@pytest.fixture(scope="module")
def area() -> DeclaredArea:
    """A tenth of an area."""
    return _area("2025-06")


def _area(last: str) -> DeclaredArea:
    draws, child, day = Draws(1, "known"), np.arange(3_000), month_end(last)
    since = np.sort(month_end("2020-12") + draws.whole("since", 3_000, 0, 1_500))
    known = Known(since, since - draws.whole("age", 3_000, 0, 6_000), child)
    ehc = Draws(2024, "area 1", "ehc")
    cases = ehc_cases.simulate(1, 2024, 0.1, day, known)
    cases = add_people(cases.assign(area=1), 1, ehc)
    of_nhs, of_council = patients(known, cases, 1, draws), pupils(cases, 1, 0.1, draws, ehc)
    return DeclaredArea(1, 1.0, 2024, last, lambda: of_nhs, lambda: of_council)


def contract(text: str = CONTRACT) -> Contract:
    return Contract.model_validate(yaml.safe_load(text))


def sending(month: str, described: str = DESCRIBED, of: str = CONTRACT) -> Sending:
    declared = Declared.model_validate(yaml.safe_load(described))
    assert list(contradictions(declared, contract(of))) == []
    return Sending(declared, contract(of), "Z001L", month, 1.0)


def cut(area: DeclaredArea, month: str, described: str = DESCRIBED, of: str = CONTRACT):
    """The one table of a delivery."""
    (table,) = area.cut(sending(month, described, of))[0].values()
    return table


def rejects(table: pd.DataFrame, month: str, of: str = CONTRACT) -> pd.DataFrame:
    """What the door sets aside."""
    rows = table.replace("", None)
    rows.index = range(2, len(rows) + 2)
    extract = date.fromordinal(date(1970, 1, 1).toordinal() + month_end(month) + 3)
    (name,) = (one.name for one in contract(of).tables)
    made = conform_all(
        {name: TextTable(name, rows, "utf-8")}, contract(of), Delivered(extract, period=month)
    )
    return made[name].rejects


def test_every_delivery_passes_the_door_with_nothing_set_aside(area) -> None:
    for month in MONTHS:
        table = cut(area, month)
        assert len(table) > 100
        assert rejects(table, month).empty


def test_a_place_stands_until_it_ends_and_its_dates_never_change(area) -> None:
    earlier = cut(area, MONTHS[0]).set_index("place_id")
    dates = ["asked_date", "start_date", "review_date", "end_date"]
    gone = 0
    for month in MONTHS[1:]:
        later = cut(area, month).set_index("place_id")
        both = earlier.index.intersection(later.index)
        old, new = earlier.loc[both, dates], later.loc[both, dates]
        assert ((old == new) | (old == "")).all(axis=None)
        for name in ("start_date", "end_date"):
            came = new[name][(old[name] == "") & (new[name] != "")]
            assert (came.str[:7] == month).all()
        left = earlier.index.difference(later.index)
        assert (earlier.loc[left, "end_date"] != "").all(), "who has not ended stands there"
        arrived = later.loc[later.index.difference(earlier.index)]
        assert (arrived.asked_date.str[:7] == month).all() and len(arrived) > 15
        same = ["upn", "birth_date", "sex", "urn", "hours", "has_plan"]
        assert (earlier.loc[both, same] == later.loc[both, same]).all(axis=None)
        gone, earlier = gone + len(left), later
    assert gone > 100
    ended = earlier.end_date[earlier.end_date != ""]
    assert ended.min() >= "2025-03-01", "the look-back of the contract is three months"
    assert (earlier.asked_date[earlier.end_date == ""] < "2023-01").any(), "never closed"


def _end(month: str) -> str:
    return str(np.datetime64(month_end(month), "D"))


def test_what_is_known_with_a_date_is_told_with_it_and_nothing_before_it_happened(area) -> None:
    table = cut(area, MONTHS[-1])
    assert ((table.outcome != "") == (table.end_date != "")).all()
    past = table[["asked_date", "start_date", "end_date"]]
    assert (past <= _end(MONTHS[-1])).all(axis=None)
    assert (table.review_date > _end(MONTHS[-1])).any(), "may be ahead"
    assert "notes" not in table, "an optional column of which nothing is said"


def test_the_children_are_those_of_the_population(area) -> None:
    table = cut(area, MONTHS[-1])
    council, day = area.pupils(), month_end(MONTHS[-1])
    facts = council.facts(np.arange(len(council.key)), np.full(len(council.key), day))
    known = pd.DataFrame(facts).assign(
        birth_date=[str(np.datetime64(int(d), "D")) for d in facts["birth"]]
    )
    met = table.merge(known, on=["upn", "birth_date", "sex", "ethnicity"], suffixes=("", "_then"))
    assert len(met) > 0.95 * len(table), "few have another pupil number by now"
    assert (met.case_id == met.case_id_then)[met.case_id != ""].all()
    assert 0.3 < (table.has_plan == "1").mean() < 0.5
    assert table.upn.str[1:8].eq("3440000").all()
    numbers = table.groupby("upn").asked_date.apply(lambda days: sorted(days.str[:7]))
    gaps = [np.diff(pd.PeriodIndex(days, freq="M").astype("int64")) for days in numbers]
    assert min(gap.min() for gap in gaps if len(gap)) > 6


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_a_pupil_number_is_one_childs_in_areas_of_every_size(scale) -> None:
    upn = without_case(1, scale, Draws(1, "roll"), Draws(1, "ehc")).upn
    requests = sum(ehc_cases.REQUESTS.get(year, 1_400) for year in range(2019, 2031))
    of_cases = [np.arange(5_000 + round(requests * scale)), np.arange(39_000, 40_000)]
    assert upn.is_unique and not set(upn) & set(pupil_numbers(np.concatenate(of_cases), 1))


def test_a_delivery_is_the_same_however_long_the_simulation_runs(area) -> None:
    shorter = _area("2024-12")
    for month in ("2024-10", "2024-12"):
        assert cut(area, month).equals(cut(shorter, month))


def test_senders_have_rows_of_their_own(area) -> None:
    first = sending("2025-01")
    other = Sending(first.declared, first.contract, "Z001A", "2025-01", 0.5)
    (own,), (others,) = (area.cut(one)[0].values() for one in (first, other))
    assert not set(own.upn + own.asked_date) & set(others.upn + others.asked_date)
    assert len(others) < 0.7 * len(own)


def test_a_date_is_put_right_once_where_corrections_are_declared(area) -> None:
    corrected = DESCRIBED.replace(
        "days: [-60, 80]}", "days: [1, 80], corrected: {share: 0.5, days: [1, 9]}}"
    )
    seen: dict[str, list[str]] = {}
    for month in MONTHS:
        table = cut(area, month, corrected)
        assert rejects(table, month).empty
        for number, day in zip(table.place_id, table.review_date, strict=True):
            if day:
                seen.setdefault(number, []).append(day)
    changes = {len(dict.fromkeys(days)) for days in seen.values()}
    assert changes == {1, 2}


EVENTS = DESCRIBED.replace("    open_until: end_date\n", "")


def test_events_are_told_as_far_back_as_the_contract_looks(area) -> None:
    for look_back, first in ((3, "2025-03"), (0, "2025-06")):
        of = CONTRACT.replace("months: 3", f"months: {look_back}")
        assert cut(area, "2025-06", EVENTS, of).asked_date.min()[:7] == first


def test_a_cell_that_is_wrong_as_declared_is_in_the_key_and_set_aside(area) -> None:
    wrong = DESCRIBED + "    wrong: [{column: hours, says: ['10-15', 8 hrs], rate: 0.015}]\n"
    tables, key = area.cut(sending("2025-06", wrong))
    aside = rejects(tables["places"], "2025-06")
    assert len(key["places"]) > 2
    assert [(row, "hours", "R-TYPE") for row, *_ in key["places"]] == list(
        zip(aside.source_row, aside.column, aside.rule, strict=True)
    )


BESIDE = """    also:
      - arises: {column: asked_date, per_month: 10}
        children: {ages: [5, 9]}
        columns:
          hours: {between: [20, 30]}
        wrong: [{column: hours, says: [many], rate: 0.015}]
"""


def test_rows_of_a_table_may_come_from_several_places(area) -> None:
    alone, both = cut(area, "2025-06"), cut(area, "2025-06", DESCRIBED + BESIDE)
    further = both.iloc[len(alone) :]
    assert both.iloc[: len(alone)].equals(alone)
    assert len(further) > 20 and not set(further.asked_date) <= set(alone.asked_date)
    _, key = area.cut(sending("2025-06", DESCRIBED + BESIDE))
    assert [row for row, *_ in key["places"]] == [*np.flatnonzero(both.hours == "many") + 2]


def test_the_defects_that_are_planted_are_those_that_the_contract_names(area) -> None:
    table = cut(area, "2025-06")
    kinds = contract_defects(contract().tables[0], [])
    spoilt, key = plant(table, 0.08, month_end("2025-06") + 3, Draws(1, "spoil"), kinds)
    found = rejects(spoilt, "2025-06")
    told = set(zip(found.source_row, found.outcome, found.rule, strict=True))
    planted = {(row, outcome, rule) for row, _, _, outcome, rule in key if outcome != "discard"}
    assert {"R-TYPE", "R-CODE", "R-FUTURE", "R-REQ", "R-ID", "CL1"} <= {
        rule for *_, rule in planted
    }
    assert told == planted


EVERYONE = """
feed: clubs
tables:
  places:
    children: {ages: [5, 10], everyone: true, share: 0.5}
    columns:
      place_id: {child: own_number}
      asked_date: {calendar: any_day}
      hours: {between: [2, 8], varies: 0.1}
"""


def test_everyone_of_the_ages_has_a_row_each_month(area) -> None:
    before, after = cut(area, "2025-01", EVERYONE), cut(area, "2025-02", EVERYONE)
    assert rejects(after, "2025-02").empty
    both = before.merge(after, on=["place_id", "birth_date"])
    assert len(both) > 0.95 * len(before) > 100
    assert (both.asked_date_y.str[:7] == "2025-02").all()
    changed = (both.hours_x.astype(float) / both.hours_y.astype(float) - 1).abs()
    assert 0 < changed.mean() < 0.1


COUNTS = """
feed: checks
title: Checks
kind: person
sender: Practices
source: Agreed locally
cadence: termly
due_months: [4, 7, 12]
effective_from: "2020-01"
formats: [csv]
tables:
  - name: counts
    description: One row per practice and outcome
    key: [practice, outcome]
    columns:
      - {name: month, type: date, required: true, use: period, description: Month}
      - {name: practice, type: ods_code, required: true, description: Practice}
      - {name: outcome, type: code, required: true, codes: referral_outcomes, description: Outcome}
      - {name: register, type: integer, required: true, between: [0, 500], description: Patients}
      - {name: done, type: integer, required: true, description: Checks this year}
      - {name: well, type: integer, description: Of them done well}
      - {name: school_year, type: integer, required: true, description: 202526 is 2025/26}
      - {name: has_agreement, type: boolean, description: Agreement}
"""
COUNTED = """
feed: checks
tables:
  counts:
    for_each: {practice: [N85001, N85002, N85003], outcome: codes}
    columns:
      register: {between: [40, 90], varies: 0.02}
      done: {between: [0, 3], adds_up_from: 4}
      well: {by: outcome, cases: {accepted: {share_of: done, rate: {2024-09: 0.5, 2025-06: 0.9}}}}
      school_year: {calendar: academic_year}
      has_agreement: {share: 0.5, steady: true}
"""


def test_counts_add_up_over_the_year_and_no_part_exceeds_its_whole(area) -> None:
    of_months = {m: cut(area, m, COUNTED, COUNTS) for m in ("2025-03", "2025-04", "2025-06")}
    for month, table in of_months.items():
        assert rejects(table, month, COUNTS).empty
        assert table.practice.nunique() == 3 and not table.duplicated(["practice", "outcome"]).any()
        said = table[table.outcome == "accepted"]
        assert (said.well.astype(int) <= said.done.astype(int)).all()
        assert (table.well[table.outcome != "accepted"] == "").all(), "of no other outcome"
    march, april, june = (table.done.astype(int) for table in of_months.values())
    assert (april <= june).all() and march.sum() > june.sum() > april.sum()
    register = [table.register.astype(int) for table in of_months.values()]
    assert (abs(register[0] / register[1] - 1) < 0.06).all() and not register[0].equals(register[1])
    assert of_months["2025-03"].has_agreement.equals(of_months["2025-06"].has_agreement)
    assert set(of_months["2025-06"].school_year) == {"202425"}


def test_a_running_total_goes_on_over_the_end_of_a_year(area) -> None:
    running = COUNTED.replace("[0, 3], adds_up_from: 4", "[2, 2], adds_up_from: 2024-11")
    for month, total in {"2024-12": 4, "2025-04": 12}.items():
        assert (cut(area, month, running, COUNTS).done.astype(int) == total).all()


def test_a_feed_is_sent_in_the_months_in_which_it_is_due(monkeypatch) -> None:
    silent = COUNTED + "not_sent: {Z001L: [2025-07]}\nlate: {2025-04: 40}\n"
    silent += "late_of: {Z001L: {2024-12: 9}, Z002L: {2025-04: 5}}\n"
    declared = Declared.model_validate(yaml.safe_load(silent))
    monkeypatch.setattr(made, "load_declared", lambda: (declared,))
    monkeypatch.setattr(made, "load_contracts", lambda: (contract(COUNTS),))
    monkeypatch.setattr(made, "senders_of", lambda feed: {"Z001L": ("2020-06", "2025-11")})
    months = [str(month) for month in pd.period_range("2019-12", "2025-12", freq="M")]
    sent = {one.month: one for month in months for one in sendings(1, "E08000015", month)}
    assert [month for month in sent if month >= "2024-12"] == ["2024-12", "2025-04"]
    assert min(sent) == "2020-07", "nobody sends it before"
    assert (sent["2025-04"].extract_days, sent["2024-12"].extract_days) == (40, 9)
    assert sent["2020-07"].extract_days == 3
    assert {one.sender for one in sent.values()} == {"Z001L"}


def test_a_sender_is_named_by_code_as_the_council_or_by_a_feed_that_it_sends(monkeypatch) -> None:
    named = COUNTED + "senders: {therapy_ptl: 3, council: 1, Z009X: 4}\n"
    declared = Declared.model_validate(yaml.safe_load(named))
    monkeypatch.setattr(made, "load_declared", lambda: (declared,))
    monkeypatch.setattr(made, "load_contracts", lambda: (contract(COUNTS),))
    sent = list(sendings(1, "E08000015", "2025-04"))
    first, *_ = senders_of("therapy_ptl")
    assert {one.sender: one.weight for one in sent} == {
        first: 3 / 8, "E08000015": 1 / 8, "Z009X": 4 / 8,
    }  # fmt: skip
    assert [one.sender for one in sendings(2, "Z002L", "2025-04")] == ["Z002L"]


MISTAKES = {
    "a key that is none": (
        ("per_month", "a_month"), "line 4, tables.places.arises.a_month: no such key",
    ),
    "an unknown table": (("  places:", "  place:"), "there is no table place"),
    "an unknown column": (
        ("hours:", "hour:"), "columns.hour: there is no column hour; .*: hours may be meant",
    ),
    "a code that is none": (
        ("not_accepted: 1", "refused: 1"), "outcome.pick: refused is no code; expected a code of",
    ),
    "two kinds": (("[1, 10]", "[1, 10], share: 0.5"), "share and between says what stands there"),
    "a kind of another type": (("between: [1, 10]", "share: 0.5"), "share makes no number"),
    "a share above one": (("missing: 0.05", "missing: 5"), "end_date.missing: .* equal to 1"),
    "a required column left empty": (
        ("      start_date", "      upn: {child: upn, once: end_date}\n      start_date"),
        "upn.once: upn is required; expected a value in each row",
    ),
    "days upside down": (("[-60, 80]", "[80, -60]"), "80 lies above -60"),
    "columns that read each other": (
        ("after: asked_date, days: [-5", "after: end_date, days: [-5"),
        "(start|end)_date reads .*; expected columns that do not read each other",
    ),
    "ages beyond a rule": (
        ("ages: [5, 15]", "ages: [5, 18]"), "rule CL3 .* allows less; expected ages from 4 to 15",
    ),
    "a date that is none": (
        ("open_until: end_date", "open_until: outcome"), "outcome is a code; expected a date",
    ),
    "a day of nothing": (
        ("once: end_date", "once: review_date"), "nothing says what stands in review_date",
    ),
    "a form that is none": (("feed: clubs", "feed: clubs\nform: xml"), "form: there is 'xml'"),
    "an unknown column of further rows": (
        (
            "    columns:",
            "    also: [{children: {ages: [5, 9], everyone: true}, columns: {hour: {share: 1}}}]\n"
            "    columns:",
        ),
        r"also\[1\].columns.hour: there is no column hour",
    ),
    "further rows of further rows": (
        (
            "    columns:",
            "    also: [{for_each: {hours: ['1']}, also: [{for_each: {hours: ['1']}}]}]\n"
            "    columns:",
        ),
        "also stands inside also",
    ),
    "nothing says whence": (
        ("    arises: {column: asked_date, per_month: 40}\n", ""), "says where its rows come from",
    ),
}  # fmt: skip
"""A change of the description, and the mistake that is reported."""


@pytest.mark.parametrize(("change", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_file_line_and_key(tmp_path, change, words) -> None:
    path = tmp_path / "clubs.yaml"
    assert change[0] in DESCRIBED
    text = DESCRIBED.strip().replace(*change)
    if "review_date" in change[1]:
        text = text.replace("      review_date: {after: start_date, days: [-60, 80]}\n", "")
    path.write_text(text, "utf-8")
    with pytest.raises(WrongContract, match=words) as refused:
        read(Declared, path, partial(contradictions, contract=contract()))
    for line in str(refused.value).splitlines():
        assert "clubs.yaml, line " in line and "; expected " in line and "What to do: " in line


def test_the_description_itself_is_no_mistake(tmp_path) -> None:
    path = tmp_path / "clubs.yaml"
    path.write_text(DESCRIBED, "utf-8")
    assert read(Declared, path, partial(contradictions, contract=contract())).feed == "clubs"
