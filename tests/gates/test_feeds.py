"""The rules for feeds find what no single row shows, and blame no honest month."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from expectations import feed_rules, screening
from expectations.gate import GateError, as_frame
from expectations.screening import answers_of_feeds, findings_of_run, told_of_feeds
from expectations.suites import feeds
from expectations.suites.feed_sentences import sentences
from expectations.suites.feeds import (
    PLACE,
    Measure,
    Snapshot,
    compared,
    judged_tables,
    longest_silence,
    measure,
)
from expectations.suites.waiting_lists import BANDS, KEY
from ingest.contracts import Column, Contract, Table, contract_for, policy
from ingest.contracts.model import codes, counted_feeds
from ingest.door.answers import COLUMNS
from ingest.store.lake import lake_schema, submission_folder
from ingest.store.ledger import Ledger
from ingest.store.submissions import submissions
from orchestration.run.run_inputs import RUN_SCHEMA
from orchestration.run.steps import find_unusual
from orchestration.settings import Settings
from tests.gates.limits import beyond_limits

CASES = yaml.safe_load(Path(__file__).with_name("feed_cases.yaml").read_text("utf-8"))
RULES = feed_rules.feed_rules().values()
SUITE = feed_rules.suite()
HARD = {rule.code for rule in RULES if rule.severity != "note"}
LIFE = 12
FILLED = {"case_id", "nhs_number", "upn", "uln", "uniquelearnernumber", "startdate"}
FILLED |= {"registered_date", "meeting_date", "activity_start", "activity_code"}


def spread(number: int) -> date:
    """A day of 2028 or 2029 that few other rows have."""
    return date.fromordinal(date(2028, 1, 1).toordinal() + number * 37 % 700)


MADE: dict[tuple, pd.DataFrame] = {}
"""Lake tables by what they are made of: most cases begin with the same sound ones."""


def rows(contract: Contract, table: Table, spec: dict, month: pd.Period) -> pd.DataFrame:
    """One lake table of a snapshot: sound rows, some with events of the month, then changes."""
    count, numbered = spec.get(table.name, spec["all"]), spec.get("numbered", "")
    alive, drawn = count - spec.get("life", LIFE), pd.Period(spec.get("of", month), "M")
    changed = spec.get("changed", {}).get(table.name, {})
    made_of = (contract.feed, table.name, count, alive, drawn, numbered, repr(changed))
    if made_of not in MADE:
        MADE[made_of] = _rows(contract, table, range(1, count + 1), alive, drawn, numbered, changed)
    return MADE[made_of]


def _rows(
    contract: Contract,
    table: Table,
    numbers: range,
    alive: int,
    drawn: pd.Period,
    numbered: str,
    changed: dict,
) -> pd.DataFrame:
    made = []
    for number in numbers:
        day = spread(number) if number <= alive else drawn.start_time.date()
        day = day.replace(day=1 + number % 28) if number > alive else day
        made.append(_row(contract, table, number, day, numbered))
    for places, cells in changed.items():
        first, _, last = str(places).partition("-")
        for number in range(int(first), int(last or first) + 1):
            made[number - 1] |= {
                name: spread(number) if value == "spread" else value
                for name, value in cells.items()
            }
    schema = lake_schema(contract, table)
    assert all(set(row) <= set(schema.names) for row in made)
    return as_frame(pa.Table.from_pylist(made, schema))


def _row(contract: Contract, table: Table, number: int, day: date, numbered: str) -> dict:
    """A row without defects: what is required or makes a case is filled, the rest is not."""
    row: dict = {"submission_id": "s", "source_row": number + 1}
    keyed = len(contract.tables) > 1
    for column in table.columns:
        if column.use in ("discard", "period"):
            continue
        name = column.lake_name
        if column.type in ("nhs_number", "upn", "uln"):
            row[f"has_valid_{column.name}"] = True
        if column.use == "filled":
            row[name] = False
        elif column.references:
            row[name] = f"{column.references} {number}{numbered}"
        elif column.name in table.key and keyed:
            row[name] = f"{table.name} {number}{numbered}"
        elif column.required or column.name in FILLED:
            row[name] = _cell(column, number, day)
    return row


def _cell(column: Column, number: int, day: date) -> object:
    if column.type == "date":
        return day if column.is_event else date(2013, 3, 1)
    if column.type == "code":
        return codes(column.codes)[0]
    if column.type == "ods_code":
        return "RX1"
    return False if column.type == "boolean" else f"{column.lake_name} {number}"


def snapshot(feed: str, month: pd.Period, spec: dict) -> Snapshot:
    contract = contract_for(feed, str(month))
    tables = {t.name: rows(contract, t, spec, month) for t in judged_tables(contract)}
    aside = [
        {"table": table, "source_row": 9000 + number, "rule": rule, "outcome": "quarantine"}
        for table, broken in spec.get("aside", {}).items()
        for rule, count in broken.items()
        for number in range(count)
    ]
    columns = ["table", "source_row", "rule", "outcome"]
    return Snapshot(
        contract, str(month), tables.__getitem__, lambda: pd.DataFrame(aside, columns=columns)
    )


SNAPSHOTS: dict[tuple, Snapshot] = {}
counted = cache(measure)


@cache
def measured(number: int) -> pd.DataFrame:
    """The counts of a case, as a run would make them; each case has a sender of its own."""
    case, sender = CASES[number], f"S{number:03d}"
    feed, known, found = case["feed"], {}, []
    for number, spec in enumerate(case["months"]):
        if spec is None:
            continue
        month = pd.Period("2030-01", "M") + number
        made_of = (feed, number, repr(spec))
        known[number] = SNAPSHOTS.setdefault(made_of, snapshot(feed, month, spec))
        silence = longest_silence(known[number].contract, str(month))
        ago = (number - months for months in range(1, silence + 1))
        before = next((known[earlier] for earlier in ago if earlier in known), None)
        others = spec.get("beside", {}).items()
        beside = tuple(snapshot(other, month, its) for other, its in others)
        for one in counted(known[number], before, beside):
            found.append((feed, sender, str(month), f"{sender}{month}", *one))
    return pd.DataFrame(found, columns=[*PLACE, *Measure._fields])


def beyond(judged: pd.DataFrame) -> pd.DataFrame:
    """One row per rule and wrong count, without Great Expectations."""
    return beyond_limits(feed_rules.wrong(judged), SUITE)


def caught(measures: pd.DataFrame) -> pd.DataFrame:
    """The counts that break a rule, beside the rule."""
    judged = compared(measures)
    found = beyond(judged)
    return judged.iloc[found["row"]].assign(rule_id=found["rule"].to_numpy())


def blamed(found: pd.DataFrame) -> list[str]:
    """'table / month' of each finding."""
    return sorted(found["table"].where(found["table"].ne(""), "snapshot") + " / " + found["period"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_case_a_near_miss_and_a_sentence(rule) -> None:
    kinds = {"caught" in case for case in CASES if case["rule"] == rule.code}
    assert kinds == {True, False}
    assert ("{withheld}" in rule.message) == (rule.severity == "withhold")


def test_no_case_is_about_a_rule_that_is_gone() -> None:
    assert {case["rule"] for case in CASES} == {rule.code for rule in RULES}


@pytest.fixture(scope="module")
def together() -> pd.DataFrame:
    """The counts of every case in one frame."""
    return pd.concat(filter(len, map(measured, range(len(CASES)))), ignore_index=True)


@pytest.fixture(scope="module")
def judged(together) -> pd.DataFrame:
    return compared(together)


@pytest.fixture(scope="module")
def told(judged) -> pd.DataFrame:
    """What is said of every case."""
    return sentences(judged, beyond(judged))


NAMES = [f"{case['rule']}: {case['name']}" for case in CASES]


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_each_rule_catches_its_case_and_passes_its_near_miss(number: int, told) -> None:
    case, found = CASES[number], told[told["sender"].eq(f"S{number:03d}")]
    assert blamed(found[found["rule_id"] == case["rule"]]) == sorted(case.get("caught", []))
    if "caught" not in case:
        assert found[found["rule_id"].isin(HARD)]["message"].to_list() == []


def test_the_gate_names_the_very_counts_that_are_beyond_their_limits(judged) -> None:
    answered = feed_rules.failing(judged).sort_values(["rule", "row"])
    expected = beyond(judged).sort_values(["rule", "row"])
    assert answered.to_numpy().tolist() == expected.to_numpy().tolist()
    assert set(answered["rule"]) == {rule.code for rule in RULES}


def test_no_count_is_told_by_two_rules(judged) -> None:
    assert beyond(judged)["row"].is_unique


def test_a_finding_does_not_depend_on_other_senders_or_on_the_order_of_rows(together) -> None:
    found = caught(together.sample(frac=1, random_state=4))
    for number, case in enumerate(CASES):
        mine = found[found["sender"].eq(f"S{number:03d}") & found["rule_id"].eq(case["rule"])]
        assert blamed(mine) == sorted(case.get("caught", []))
    for number in range(0, len(CASES), 9):
        alone = caught(measured(number))
        mine = found[found["sender"].eq(f"S{number:03d}")]
        assert blamed(alone) == blamed(mine) and set(alone["rule_id"]) == set(mine["rule_id"])


def test_each_day_of_a_phase_transfer_that_is_of_another_move_is_named_by_its_row(told) -> None:
    (found,) = told.loc[told["rule_id"].eq("EHC-PHASE"), "rows"]
    assert found == (2, 3, 4, 5, 6)


def test_every_message_names_sender_and_month_and_ends_as_a_sentence(told) -> None:
    for one in told.itertuples():
        assert one.sender in one.message and one.period in one.message
        assert one.message.endswith(".") and one.action.endswith(".")
        words = " ".join([one.message, one.observed, one.expected])
        assert "nan" not in words and "  " not in words and "{" not in words


def test_a_feed_without_figures_is_not_said_to_have_some_withheld(told) -> None:
    held = told[told["severity"].eq("withhold")]
    is_only_read = ~held["feed"].isin(counted_feeds())
    assert is_only_read.any() and not is_only_read.all()
    assert held["message"].str.contains("the snapshot is not used").eq(is_only_read).all()
    assert held["message"].str.contains("its figures are withheld").ne(is_only_read).all()


def test_a_rule_of_the_landing_policy_is_a_finding_there_too() -> None:
    ours = [rule.code for rule in RULES if rule.code.startswith("R-")]
    assert ours == [code for code in ours if policy().rules[code].outcome == "finding"] != []


def test_no_run_at_all_has_no_findings() -> None:
    nothing = compared(pd.DataFrame(columns=[*PLACE, *Measure._fields]))
    assert sentences(nothing, feed_rules.failing(nothing)).empty


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("withhold", "refuses", r"rule FEED-CUT, key severity: .*'refuses'"),
        ('{count} rows"', '{counts} rows"', r"key observed: there is no word counts"),
        ("policy: usual_rows", "policy: usual", r"key thresholds.small: .*has no usual"),
        ("$factor", "5", r"rule FEED-CUT: factor stands in only one of thresholds and SQL"),
        ("  wrong", "  scope: list\n  wrong", r"key scope: there is no such key"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_file_rule_and_key(tmp_path, old, new, told) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(RULE)
    assert [*feed_rules.read(path)] == ["FEED-CUT"]
    path.write_text(RULE.replace(old, new))
    with pytest.raises(GateError, match=told) as caught:
        feed_rules.read(path)
    assert str(caught.value).startswith("feeds.yaml")


RULE = """
FEED-CUT:
  severity: withhold
  observed: "{count} rows"
  expected: about {usual} rows
  message: "{what} has {count} rows; {withheld}."
  action: Ask the sender for the whole extract.
  thresholds:
    small: {policy: usual_rows, why: Fewer rows say nothing of it.}
    factor: {value: 5.0, why: Nothing loses so much in a month.}
  wrong: |
    matter = 'rows' and usual >= $small and usual / count > $factor
"""


def land(home: Path, feed: str, period: str, spec: dict, version: str = "") -> dict:
    """Put a snapshot into a data folder and the ledger; gives its line of the run's table."""
    made, sender = snapshot(feed, pd.Period(period, "M"), spec), "E08000015"
    submission_id = f"{feed}-{period}{version}"
    folder = submission_folder(home, feed, period, submission_id)
    folder.mkdir(parents=True, exist_ok=True)
    for table in judged_tables(made.contract):
        schema = lake_schema(made.contract, table)
        arrow = pa.Table.from_pandas(made.table(table.name), schema, preserve_index=False)
        pq.write_table(arrow, folder / f"{table.name}.parquet")
    aside = home / "quarantine" / feed / period / submission_id
    aside.mkdir(parents=True, exist_ok=True)
    made.set_aside().to_csv(aside / "rejects.csv", index=False)
    tables = [table.name for table in made.contract.tables]
    files = [{"name": f"{feed}_{sender}_{table}.csv", "table": table} for table in tables]
    if len(files) == 1:
        files = [{"name": f"{feed}_{sender}.xlsx", "table": ""}]
    place = {"feed": feed, "sender": sender, "period": period, "submission_id": submission_id}
    facts = {
        "outcome": "accepted",
        "sequence": 1,
        "known_on": "2030-02-03",
        "known_how": "manifest",
    }
    more = {"files": files, "rows": {}, "reasons": [], "notes": [], "is_synthetic": True}
    Ledger(home).append("received", place | facts | more, datetime(2030, 2, 3, tzinfo=UTC))
    return place | {
        "release_month": period,
        "as_at": date(2030, 2, 11),
        "rows_landed": spec["all"],
        "known_on": date(2030, 2, 3),
        "known_how": "manifest",
        "verdict": "used",
        "reasons": None,
    }


@pytest.fixture
def quick(monkeypatch) -> None:
    """The gate without Great Expectations, which answers the same: see the test of it above."""
    monkeypatch.setattr(screening, "failing_rows", beyond_limits)
    monkeypatch.setattr(feed_rules, "failing_rows", beyond_limits)


def council(home: Path) -> pd.DataFrame:
    """Casework with a person who has two plans, requested a month apart, and unknown advice."""
    two = {7: {"receiveddate": date(2029, 2, 1)}}
    two |= {8: {"persontableid": "person 7", "receiveddate": date(2029, 3, 1)}}
    casework = {"all": 20, "changed": {"requests": two}}
    sent = [
        land(home, "sen2_ehc", "2030-01", casework),
        land(home, "ehc_advice", "2030-01", {"all": 21}),
    ]
    return pd.DataFrame(sent)


def waiting_lists(home: Path) -> Path:
    """No waiting list at all, where dbt hands them over."""
    path = home / "lake" / "_waiting_lists.parquet"
    columns = [
        "period",
        "period_end",
        "org_code",
        "org_name",
        "status",
        "is_known",
        "lost_count",
        "total",
    ]
    pd.DataFrame(columns=[*KEY, *columns, *BANDS]).to_parquet(path)
    return path


def test_what_is_found_in_a_snapshot_is_told_of_its_sender_feed_and_month(tmp_path) -> None:
    used = council(tmp_path)
    table = findings_of_run(waiting_lists(tmp_path), used, [], told_of_feeds(tmp_path, used))
    found = {one["rule_id"]: one for one in table.to_pylist()}
    assert set(found) == {"EHC-TWICE", "EHC-AGAIN", "CASE-UNKNOWN"}
    of_plans = found["EHC-TWICE"]
    for name in ("finding_id", "message", "action"):
        assert of_plans.pop(name)
    assert of_plans == {
        "known_on": date(2030, 2, 3),
        "period": "2030-01",
        "period_start": date(2030, 1, 1),
        "period_end": date(2030, 1, 31),
        "dataset": "sen2_ehc",
        "basis": "local",
        "org_level": "sender",
        "org_code": "E08000015",
        "org_name": "E08000015",
        "org_key": "E08000015",
        "measure": "namedplan",
        "service_line": None,
        "scope": "none",
        "rule_id": "EHC-TWICE",
        "severity": "note",
        "observed": "1 of 19 people",
        "expected": "one open plan for each person",
    }


def test_a_snapshot_that_cannot_be_right_withholds_its_feed_and_month(tmp_path, quick) -> None:
    sent = [land(tmp_path, "ccis", "2030-01", {"all": 100})]
    sent += [land(tmp_path, "ccis", "2030-02", {"all": 70})]
    used = pd.DataFrame(sent)
    table = findings_of_run(waiting_lists(tmp_path), used, [], told_of_feeds(tmp_path, used))
    held = [one for one in table.to_pylist() if one["severity"] == "withhold"]
    where = [[one[name] for name in ("rule_id", "dataset", "period", "scope")] for one in held]
    assert where == [["FEED-LOST", "ccis", "2030-02", "list"]]


def test_what_nobody_owes_is_judged_but_has_no_usual_size_or_life() -> None:
    flood = {"all": 100, "changed": {"reviews": {"1-40": {"decision_date": date(2029, 12, 31)}}}}
    owed = snapshot("annual_reviews", pd.Period("2030-01", "M"), flood)
    unowed = replace(owed, contract=owed.contract.model_copy(update={"is_owed": False}))
    matters = [{one.matter for one in measure(now, owed, ())} for now in (owed, unowed)]
    assert matters[0] - matters[1] == {"rows", "life", "copy"}
    assert "flood" in matters[1] < matters[0]


@pytest.mark.parametrize(("due", "is_compared"), [((1, 5, 10), True), (range(1, 13), False)])
def test_a_termly_snapshot_is_compared_with_that_of_the_term_before(
    tmp_path, quick, monkeypatch, due, is_compared
) -> None:
    """Seven months are two terms, but too long a silence of a monthly feed."""
    contract = contract_for("ccis", "2030-05").model_copy(update={"due_months": tuple(due)})
    monkeypatch.setattr(screening, "contract_for", lambda *_: contract)
    sent = [land(tmp_path, "ccis", "2029-10", {"all": 100})]
    sent += [land(tmp_path, "ccis", "2030-05", {"all": 70})]
    found = told_of_feeds(tmp_path, pd.DataFrame(sent))
    assert ("FEED-LOST" in found["rule_id"].tolist()) is is_compared


def test_a_sender_is_answered_by_file_table_and_row_without_a_cell(tmp_path, quick) -> None:
    found = told_of_feeds(tmp_path, council(tmp_path))
    files = {s.submission_id: s.files for s in submissions(Ledger(tmp_path))}
    answers = answers_of_feeds(found, files)
    lines = pd.concat(answers.values()).sort_values(["rule", "row"])
    assert list(lines.columns) == COLUMNS
    assert lines[["file", "where", "row", "column", "rule"]].to_numpy().tolist() == [
        ["ehc_advice_E08000015.xlsx", "advice", 22, "case_id", "CASE-UNKNOWN"],
        ["sen2_ehc_E08000015_requests.csv", "requests", 9, "", "EHC-AGAIN"],
        ["sen2_ehc_E08000015_namedplan.csv", "namedplan", 8, "", "EHC-TWICE"],
        ["sen2_ehc_E08000015_namedplan.csv", "namedplan", 9, "", "EHC-TWICE"],
    ]
    assert set(lines["outcome"]) == {"note"}
    assert "person 7" not in lines.to_csv() and "case_id 21" not in lines.to_csv()


def test_every_rule_that_knows_rows_answers_and_no_other(told) -> None:
    knows = told[told["rows"].map(len).gt(0) & told["rule_id"].ne("CASE-FOREIGN")]
    assert set(knows["rule_id"]) == {rule.code for rule in RULES if rule.answer}


def test_a_run_writes_findings_and_answers_and_withdraws_what_is_mended(tmp_path) -> None:
    settings = Settings(tmp_path, tmp_path / "key", 1)
    council(tmp_path).to_parquet(tmp_path / "lake" / "_run.parquet")
    waiting_lists(tmp_path)
    answer = tmp_path / "answers" / "E08000015"
    answer /= "ehc_advice_2030-01_ehc_advice-2030-01_gate.csv"
    found = find_unusual(settings)
    assert pq.read_table(tmp_path / "lake" / "_findings.parquet").equals(found)
    assert "CASE-UNKNOWN" in answer.read_text() and len(found) == 3
    mended = [land(tmp_path, "ehc_advice", "2030-01", {"all": 20})]
    mended += [land(tmp_path, "sen2_ehc", "2030-01", {"all": 20})]
    pd.DataFrame(mended).to_parquet(tmp_path / "lake" / "_run.parquet")
    assert len(find_unusual(settings)) == 0
    assert not answer.exists()


def test_the_answer_to_a_superseded_delivery_is_withdrawn_and_no_other(tmp_path, quick) -> None:
    settings = Settings(tmp_path, tmp_path / "key", 1)
    sent = [land(tmp_path, "sen2_ehc", month, {"all": 20}) for month in ("2030-01", "2030-02")]
    for month in ("2030-01", "2030-02"):
        sent.append(land(tmp_path, "ehc_advice", month, {"all": 21}))
    again = land(tmp_path, "ehc_advice", "2030-02", {"all": 22}, version="-again")
    waiting_lists(tmp_path)
    folder = tmp_path / "answers" / "E08000015"
    folder.mkdir(parents=True)
    (folder / "ehc_advice_2030-02_ehc_advice-2030-02.csv").write_text("as read at the door")
    for used in (sent, [*sent[:-1], again]):
        pd.DataFrame(used).to_parquet(tmp_path / "lake" / "_run.parquet")
        find_unusual(settings)
    assert sorted(path.name for path in folder.iterdir()) == [
        "ehc_advice_2030-01_ehc_advice-2030-01_gate.csv",
        "ehc_advice_2030-02_ehc_advice-2030-02-again_gate.csv",
        "ehc_advice_2030-02_ehc_advice-2030-02.csv",
    ]


def test_a_nil_return_is_not_measured_and_is_no_history(tmp_path, quick) -> None:
    sent = [land(tmp_path, "tribunals", f"2030-0{n}", {"all": 100}) for n in (1, 2, 3)]
    nil = land(tmp_path, "tribunals", "2030-04", {"all": 0})
    assert told_of_feeds(tmp_path, pd.DataFrame([*sent, nil])).empty


@pytest.fixture
def counting(monkeypatch, quick) -> list[str]:
    """The months that were measured, in order."""
    made: list[str] = []

    def counted(now, before, beside):
        made.append(now.period)
        return measure(now, before, beside)

    monkeypatch.setattr(feeds, "measure", counted)
    return made


def test_only_what_is_new_is_measured_and_says_the_same(tmp_path, counting) -> None:
    sent = [land(tmp_path, "ccis", "2030-01", {"all": 100})]
    sent += [land(tmp_path, "ccis", "2030-02", {"all": 70})]
    first = told_of_feeds(tmp_path, pd.DataFrame(sent))
    again = told_of_feeds(tmp_path, pd.DataFrame(sent))
    assert counting == ["2030-01", "2030-02"]
    assert first["message"].tolist() == again["message"].tolist() != []
    sent += [land(tmp_path, "ccis", "2030-03", {"all": 70})]
    told_of_feeds(tmp_path, pd.DataFrame(sent))
    assert counting == ["2030-01", "2030-02", "2030-03"]


def test_other_bytes_of_a_month_measure_it_and_what_was_compared_with_it(
    tmp_path, counting
) -> None:
    months = [f"2030-0{number}" for number in (1, 2, 3)]
    sent = pd.DataFrame([land(tmp_path, "ccis", month, {"all": 100}) for month in months])
    told_of_feeds(tmp_path, sent)
    land(tmp_path, "ccis", "2030-02", {"all": 99})
    told_of_feeds(tmp_path, sent)
    assert counting == [*months, "2030-02", "2030-03"]


def test_other_bytes_beside_measure_anew(tmp_path, counting) -> None:
    sent = council(tmp_path)
    told_of_feeds(tmp_path, sent)
    land(tmp_path, "sen2_ehc", "2030-01", {"all": 21})
    assert told_of_feeds(tmp_path, sent).empty
    assert len(counting) == 4


def test_other_rows_set_aside_measure_anew(tmp_path, counting) -> None:
    sent = pd.DataFrame([land(tmp_path, "sen2_ehc", "2030-01", {"all": 20})])
    told_of_feeds(tmp_path, sent)
    land(tmp_path, "sen2_ehc", "2030-01", {"all": 20, "aside": {"senneed": {"R-PARENT": 1}}})
    assert told_of_feeds(tmp_path, sent)["rule_id"].tolist() == ["FEED-ORPHAN"]


def test_other_rules_measure_anew(tmp_path, counting, monkeypatch) -> None:
    sent = pd.DataFrame([land(tmp_path, "ccis", "2030-01", {"all": 100})])
    told_of_feeds(tmp_path, sent)
    source = inspect.getsource(feeds)
    monkeypatch.setattr(inspect, "getsource", lambda module: source + "# another rule")
    told_of_feeds(tmp_path, sent)
    assert len(counting) == 2


def test_kept_counts_that_cannot_be_read_are_made_anew(tmp_path, counting) -> None:
    sent = pd.DataFrame([land(tmp_path, "ccis", "2030-01", {"all": 100})])
    told_of_feeds(tmp_path, sent)
    (kept,) = (tmp_path / "measurements").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:40])
    told_of_feeds(tmp_path, sent)
    assert len(counting) == 2 and kept.read_bytes() == whole


def test_kept_counts_hold_no_number_of_a_person_or_case(tmp_path, quick) -> None:
    told_of_feeds(tmp_path, council(tmp_path))
    kept = "".join(path.read_text() for path in (tmp_path / "measurements").iterdir())
    assert kept and not any(f"{name} {n}" in kept for name in FILLED for n in range(1, 22))
    cells = [cell for line in kept.split("]") for cell in line.split(",") if '"' in cell]
    assert all(not any(character.isdigit() for character in cell) for cell in cells)


def test_a_run_without_submissions_has_no_findings(tmp_path, quick) -> None:
    settings = Settings(tmp_path, tmp_path / "key", 1)
    (tmp_path / "lake").mkdir()
    waiting_lists(tmp_path)
    nothing = pa.Table.from_pylist([{}], RUN_SCHEMA)
    pq.write_table(nothing, tmp_path / "lake" / "_run.parquet")
    assert find_unusual(settings).num_rows == 0
