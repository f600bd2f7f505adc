"""What the author of a contract is told of a mistake: file, line, key, what was expected."""

import pytest

from ingest.contracts.model import CATALOGUE, FOLDER, Contract, Policy, labels, load_contracts
from ingest.written import WrongContract, read, read_list

GOOD = """\
feed: visits
title: Visits to families
kind: person
sender: each provider
source: agreed
cadence: monthly
effective_from: "2025-04"
formats: [csv]
tables:
  - name: visits
    description: One row per visit
    key: [visit_id]
    columns:
      - {name: visit_id, type: text, required: true, use: pseudonym, description: Number}
      - {name: visit_date, type: date, required: true, description: Day of the visit}
      - {name: outcome, type: code, codes: referral_outcomes, description: What became of it}
    rules:
      - {id: V1, description: "seen, then seen again", in_order: [visit_date]}
"""
MISTAKES = {
    "a key is misspelt": (
        ("cadence: monthly", "cadance: monthly"),
        ("line 6, cadance: no such key", "cadence may be meant", "line 1, cadence: it is missing"),
    ),
    "a key of a column is misspelt": (
        ("required: true, description: Day", "require: true, description: Day"),
        ("line 15, tables[visits].columns[visit_date].require: no such key", "required may be"),
    ),
    "a national number keeps its name": (
        ("type: text, required: true, use: pseudonym", "type: upn, required: true, use: pseudonym"),
        ("columns[visit_id]: column visit_id: the pseudonym of", "write `becomes: upn_id`"),
    ),
    "a value is of another type": (
        ("type: date, required: true", "type: date, required: perhaps"),
        ("columns[visit_date].required: there is 'perhaps'", "expected a valid boolean"),
    ),
    "a word is not one of the list": (
        ("type: date", "type: day"),
        ("line 15, tables[visits].columns[visit_date].type: there is 'day'", "'date', 'integer'"),
    ),
    "a month is written in another way": (
        ('"2025-04"', "2025-04-01"),
        ("line 7, effective_from: there is datetime.date(2025, 4, 1)", "a valid string"),
    ),
    "a list is not of every row": (
        ("codes: referral_outcomes, ", "codes: referral_outcomes, is_list: true, "),
        ("columns[outcome]: column outcome: a list is a code that every row has",),
    ),
    "a termly feed is due in no month": (
        ("cadence: monthly", "cadence: termly"),
        ("a termly feed names the months of the year in due_months",),
    ),
    "a feed is due in a month that no year has": (
        ("cadence: monthly", "cadence: termly\ndue_months: [4, 13]"),
        ("line 7, due_months[2]: there is 13; expected less than or equal to 12",),
    ),
    "a code list does not exist": (
        ("codes: referral_outcomes", "codes: referral_outcome"),
        ("line 16, ", "no code list referral_outcome", "referral_outcomes may be meant"),
    ),
    "a column stands twice": (
        ("name: outcome", "name: visit_date"),
        ("tables[visits]: table visits: visit_date stands twice",),
    ),
    "two columns have one name in the lake": (
        ("type: code, ", "type: code, becomes: visit_date, "),
        ("visit_date stands twice in the lake",),
    ),
    "a column is called as those of every delivery": (
        ("name: outcome", "name: sender"),
        ("column sender: sender is the name of a column of every delivery", "`becomes`"),
    ),
    "the key is no column": (
        ("key: [visit_id]", "key: [visit]"),
        ("key visit is not a column: visit_id may be meant",),
    ),
    "a rule is about no column": (
        ("in_order: [visit_date]", "in_order: [visit_day]"),
        ("rule V1: visit_day is not a column: visit_date may be meant",),
    ),
    "a key stands twice": (
        ("formats: [csv]", "formats: [csv]\nformats: [xlsx]"),
        ("line 9, formats: the key is there twice", "YAML would take the last"),
    ),
    "a bracket is not closed": (
        ("key: [visit_id]", "key: [visit_id"),
        ("line 13: YAML finds: ", "every bracket closed"),
    ),
    "a colon stands in a text without quotes": (
        ("title: Visits to families", "title: Visits: to families"),
        ("line 2: YAML finds: mapping values are not allowed", "quotes around text"),
    ),
    "nothing is written": ((GOOD, "# to do\n"), ("line 1: no keys",)),
}  # fmt: skip


def written(folder, old: str = "", new: str = ""):
    assert old in GOOD
    path = folder / "visits.yaml"
    path.write_text(GOOD.replace(old, new), "utf-8")
    return path


@pytest.mark.parametrize(("change", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_contract_is_told_with_file_line_and_key(tmp_path, change, words) -> None:
    with pytest.raises(WrongContract) as refused:
        read(Contract, written(tmp_path, *change))
    for word in ("visits.yaml, line ", "; expected ", "What to do: ", *words):
        assert word in str(refused.value)


def test_a_right_contract_is_read(tmp_path) -> None:
    assert read(Contract, written(tmp_path, "text", "text")).feed == "visits"


def test_a_delivery_is_owed_in_the_months_for_which_it_is_due(tmp_path) -> None:
    def owed(cadence: str) -> list[int]:
        contract = read(Contract, written(tmp_path, "cadence: monthly", cadence))
        return [month for month in range(1, 13) if contract.is_owed_in(f"2025-{month:02}")]

    assert owed("cadence: monthly") == list(range(1, 13))
    assert owed("cadence: monthly\ndue_months: [1, 2]") == [1, 2]
    assert owed("cadence: termly\ndue_months: [4, 7, 12]") == [4, 7, 12]
    assert owed("cadence: termly\ndue_months: [4, 7, 12]\nis_owed: false") == []
    assert owed("cadence: yearly") == owed("cadence: occasional") == []


def test_the_deliveries_before_one_lie_as_far_back_as_they_were_due(tmp_path) -> None:
    def back(cadence: str, month: str) -> list[int]:
        contract = read(Contract, written(tmp_path, "cadence: monthly", cadence))
        return [contract.months_back(month, number) for number in (1, 2, 3)]

    assert back("cadence: monthly", "2025-01") == [1, 2, 3]
    assert back("cadence: termly\ndue_months: [1, 5, 10]", "2025-01") == [3, 8, 12]
    assert back("cadence: termly\ndue_months: [1, 5, 10]", "2025-03") == [2, 5, 10]
    assert back("cadence: yearly\ndue_months: [8]", "2025-08") == [12, 24, 36]
    assert back("cadence: occasional", "2025-01") == [1, 2, 3]


def test_every_mistake_of_form_has_a_line(tmp_path) -> None:
    path = written(tmp_path, "type: date, required: true", "type: day, require: true")
    with pytest.raises(WrongContract) as refused:
        read(Contract, path)
    assert len(str(refused.value).splitlines()) == 2


def test_the_landing_policy_is_read_as_strictly(tmp_path) -> None:
    path = tmp_path / "policy.yaml"
    text = (FOLDER / "policy.yaml").read_text("utf-8")
    path.write_text(text.replace("usual_rows: ", "usual_rows: some # ", 1), "utf-8")
    with pytest.raises(WrongContract, match="usual_rows: there is 'some'; expected a valid int"):
        read(Policy, path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,name\nA,a\n", "line 1, the header: there is no column label"),
        ("code,label\nA,a\nA,b\n", "line 3, column code: A stands there as in a line above"),
        ("code,label\n,a\n", "line 2, column code: nothing stands there"),
        ("code,label\nA,a,b\n", "line 2, column code: A stands there; expected .* each of the 2"),
    ],
)
def test_a_wrong_code_list_is_told_with_file_and_line(tmp_path, text, told) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongContract, match=f"outcomes.csv, {told}"):
        read_list(path, "code", "label")


def test_a_command_that_meets_a_wrong_contract_says_it_in_full(tmp_path, monkeypatch) -> None:
    from click.testing import CliRunner

    from orchestration.cli import main

    def wrong():
        return (read(Contract, written(tmp_path, "kind: person", "kind: persons")),)

    for place in ("commands.adding", "commands.options"):
        monkeypatch.setattr(f"orchestration.{place}.load_contracts", wrong)
    monkeypatch.setattr("ingest.contracts.model.load_contracts", wrong)
    for command in (["contracts"], ["demo", "--months", "2025-05", "--feeds", "visits"]):
        told = CliRunner().invoke(main, command)
        assert told.exit_code == 1
        assert "line 3, kind: there is 'persons'; expected 'person', 'counts'" in told.output


def test_the_code_lists_that_contracts_name_are_right() -> None:
    columns = [c for one in load_contracts() for table in one.tables for c in table.columns]
    lists = {column.words for column in columns if column.words}
    assert CATALOGUE in lists and all(labels(name) for name in lists - {CATALOGUE})
