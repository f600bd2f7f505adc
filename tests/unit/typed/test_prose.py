"""What of prose goes further, and which indicator an author meant."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ingest.contracts import contract_for, load_contracts, policy
from ingest.contracts.model import CATALOGUE, codes
from ingest.door.answers import answer_of
from ingest.door.delivery import DeliveredFile, Delivery
from ingest.door.examine import examine
from ingest.synthetic import board_decisions
from ingest.synthetic.days import month_end
from ingest.synthetic.declared import DeclaredArea, contract_defects, sendings
from ingest.synthetic.defects import plant
from ingest.synthetic.feed_defects import DEFECTS
from ingest.synthetic.files import csv_bytes
from ingest.synthetic.randomness import Draws
from ingest.typed.cells import Delivered
from ingest.typed.prose import prose_fault
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable

PERIOD = "2025-03"
LONG_NUMBERS = (
    "9990000018", "as NHS9990000018", "999 000 0018", "999-000-0018", "999  000  0018",
    "9,990,000,018", "999\u00a0000\u20110018", "999,000,0018", "(999) 000.0018",
    "99 90 00 00 18", "999 000 2018",
    "\uff19\uff19\uff19\uff10\uff10\uff10\uff10\uff10\uff11\uff18", "pupil A344000000010",
    "a344 0000 00010", "A34400000001A", "ULN 9990000026.", "0151 496 0123", "(0151) 496-0123",
    "07700 900123", "+44 7700 900 123", "0151/496/0123",
)  # fmt: skip
TELEPHONES = ("tel. 0151 496 0123", "Phone: 496 0123", "call me on 496 0123", "mobile 07700900123")
EMAILS = ("write to jane@example.org", "jane.o'neil@nhs.example", "Jane@EXAMPLE")
POSTCODES = ("CH41 1AA", "ch411aa", "of W1A 1AA now", "(L3 1AA)", "CH41  1AA", "CH43 4TH")
BIRTHS = (
    "DOB 14/05/2015", "d.o.b. 14.05.15", "date of birth: 14 May 2015", "born on 14th May",
    "Date of birth (dd/mm/yyyy): 14/05/2015", "born on the 14th of May 2015", "born May 14, 2015",
    "born 2015-05-14", "14/05/2015 (DOB)", "birthday is 14 May", "Birth date was 1 6 2015",
)  # fmt: skip
NEAR_MISSES = (
    "20 weeks", "127 of 1,092", "2025-10-31", "£1,200,000", "from £1,200,000 to £1,350,000",
    "£999,999,999", "2025-10-31 2025-11-30", "31/10/2025 - 30/11/2025", "2024/25 2025/26 2026/27",
    "in 2023 2024 2025", "50.4%, 51.2% and 53.1%", "10, 12, 14, 16, 18, 20", "1,092 1,104 1,211",
    "12-18 months, 18-24 months", "regulation 10(4) of SI 2014/1530", "by 31 March 2026 127 plans",
    "children born in 2019", "born prematurely", "a date of birth was missing in 20 rows",
    "the date of birth is checked by 14 May", "from birth to 25", "Q1 2nd half", "KS2 3rd group",
    "CH41 and CH42 wait longest", "Year 9 by 4pm", "60% @ 20 weeks", "telephone calls: 1,092",
    "the phone line had 300 calls", "a first call in 2024/25", "call 101 or 111", "ehcp_20wk_pct",
)  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (LONG_NUMBERS, "number of 10 digits or more"),
        (TELEPHONES, "telephone number"),
        (EMAILS, "e-mail address"),
        (POSTCODES, "postcode"),
        (BIRTHS, "date of birth"),
    ],
    ids=["numbers", "telephones", "e-mail", "postcodes", "births"],
)
def test_prose_that_tells_who_somebody_is_is_kept_out_without_repeating_it(texts, told):
    for text in texts:
        for written in (text, f"Plans are late. {text}; we look into it."):
            fault = prose_fault(written)
            assert fault and told in fault, text
            assert text not in fault


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_prose_about_figures_passes(text):
    assert prose_fault(text) is None
    assert prose_fault(f"The month: {text}, as before.") is None


def test_prose_has_a_limit_and_says_how_long_it_is():
    longest = policy().prose_characters
    assert prose_fault("x" * longest) is None
    assert prose_fault("x" * (longest + 1)) == "it has 1,001 characters; the limit is 1,000"


NOTE = {"indicator_id": "ehcp_20wk_pct", "author_role": "Head of SEND", "text": "Advice was late."}
DECISION = {
    "decision_id": "D-2025-01", "decided_on": "2025-03-18", "text": "Pay for more advice.",
    "owner_role": "Head of SEND", "status": "open",
}  # fmt: skip


def sent(feed: str, *rows: dict, extract: date = date(2025, 4, 3)):
    """What becomes of rows of a feed: the kept ones, and column, rule and reason of the others."""
    contract = contract_for(feed, PERIOD)
    (table,) = contract.tables
    names = [column.name for column in table.columns]
    frame = pd.DataFrame(rows, pd.RangeIndex(2, 2 + len(rows), name="source_row"), names, object)
    facts = Delivered(extract_date=extract, period=PERIOD)
    text = TextTable(table.name, frame, "utf-8")
    result = conform_all({table.name: text}, contract, facts)[table.name]
    return result.kept, [*result.rejects[["column", "rule", "why"]].itertuples(False, None)]


def notes(*changed: dict):
    """A sound note of another indicator, and one that is changed."""
    others = [NOTE | {"indicator_id": "ar_4wk_pct"}]
    return sent("commentary", *others, *(NOTE | change for change in changed))


@pytest.mark.parametrize("column", ["text", "action"])
def test_a_note_that_tells_somebody_is_set_aside_whole(column):
    kept, told = notes({column: "Ring 0151 496 0123."})
    assert list(kept["indicator_id"]) == ["ar_4wk_pct"]
    assert [(where, rule) for where, rule, _ in told] == [(column, "R-PROSE")]
    kept, told = notes({column: "It took 127 days."})
    assert (len(kept), told) == (2, [])


def test_lines_and_characters_that_nobody_sees_are_blanks_or_gone_before_prose_is_read():
    kept, told = notes({"text": "Two\nlines\tand\x07 a\u200b bell"})
    assert (kept["text"].iloc[1], told) == ("Two lines and a bell", [])
    _, told = notes({"text": "999\u200b000\x070018"})
    assert [rule for _, rule, _ in told] == ["R-PROSE"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("ehcp_20wks_pct", "ehcp_20wks_pct is not in the catalogue: did you mean ehcp_20wk_pct?"),
        ("EHCP 20 wk pct", "did you mean ehcp_20wk_pct?"),
        ("ehcp_20wk_pct of Jo", "did you mean ehcp_20wk_pct?"),
        ("pete_smith", ""),
        ("9990000018", ""),
    ],
)
def test_an_unknown_indicator_is_repeated_only_as_an_id_that_is_like_a_known_one(typed, why):
    kept, told = notes({"indicator_id": typed})
    assert (len(kept), told) == (1, [("indicator_id", "R-CODE", why)])


def test_the_indicators_that_a_note_may_be_about_are_those_of_the_catalogue():
    known = codes(CATALOGUE)
    kept, told = sent("commentary", *(NOTE | {"indicator_id": one} for one in known))
    assert list(kept["indicator_id"]) == list(known) and len(known) > 100 and told == []


@pytest.mark.parametrize("who", ["Jane Example", "SENCO", "head of send and inclusion"])
def test_an_author_is_a_role_of_the_list_and_no_person(who):
    _, told = notes({"author_role": who})
    assert told == [("author_role", "R-CODE", "")]


def test_two_notes_of_one_role_about_one_indicator_are_both_set_aside():
    kept, told = notes({}, {"text": "Advice was in time."})
    assert len(kept) == 1 and {rule for _, rule, _ in told} == {"R-DUPKEY"}


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        ({}, []),
        ({"decision_id": "12", "indicator_id": "ar_4wk_pct", "due_date": "2025-03-18"}, []),
        ({"decision_id": "SPG 12"}, ["R-TYPE"]),
        ({"decision_id": "999-000-0018"}, ["R-TYPE"]),
        ({"decision_id": "D-2025-01-02"}, ["R-TYPE"]),
        ({"decided_on": "2025-04-04"}, ["R-FUTURE"]),
        ({"due_date": "2025-03-17"}, ["BD1"]),
        ({"status": "closed"}, ["R-CODE"]),
        ({"text": "As CH41 1AA asked."}, ["R-PROSE"]),
    ],
)
def test_a_decision_keeps_its_contract_or_is_set_aside(changed, rules):
    _, told = sent("board_decisions", DECISION | {"decision_id": "D1"}, DECISION | changed)
    assert [rule for _, rule, _ in told] == rules


def test_the_answer_says_what_to_write_otherwise_and_lists_no_hundred_ids():
    empty = {"action": "", "action_due_date": ""}
    rows = [NOTE | empty | {"indicator_id": one} for one in codes(CATALOGUE)[:9]]
    rows[3]["text"] = "Ring 0151 496 0123."
    rows[5]["indicator_id"] = "ehcp_20wks_pct"
    path, data = Path("commentary_RY7_202503_01.csv"), csv_bytes(pd.DataFrame(rows))
    file = DeliveredFile(path, data, "csv", "")
    delivery = Delivery((file,), "commentary", "RY7", PERIOD, 1, None)
    prose, unknown = answer_of(examine(delivery, date(2025, 4, 3)), delivery).to_dict("records")
    assert (prose["row"], prose["column"], prose["rule"]) == (5, "text", "R-PROSE")
    assert prose["what_we_expect"].endswith("it holds what looks like a telephone number")
    assert prose["what_to_do"].startswith("remove what is named")
    assert unknown["what_we_expect"] == (
        "the identifier of an indicator in the catalogue; "
        "ehcp_20wks_pct is not in the catalogue: did you mean ehcp_20wk_pct?"
    )


def commentary(month: str) -> list[pd.DataFrame]:
    """The notes of each sender in the demonstration; they are about no children."""
    area = DeclaredArea(1, 1.0, 2024, month, pytest.fail, pytest.fail)
    every = (one for one in sendings(1, "E08000015", month) if one.contract.feed == "commentary")
    return [area.cut(one)[0]["notes"] for one in every]


WRITTEN = {
    "commentary": commentary,
    "board_decisions": lambda month: [board_decisions.snapshot(month)],
}


@pytest.mark.parametrize("feed", WRITTEN)
def test_what_the_demonstration_writes_keeps_its_contract_in_every_month(feed):
    for month in pd.period_range("2023-01", "2027-12", freq="M"):
        for written in WRITTEN[feed](str(month)):
            rows = written.to_dict("records")
            if rows:
                kept, told = sent(feed, *rows, extract=month.end_time.date())
                assert (len(kept), told) == (len(rows), [])


def test_the_demonstration_leaves_an_indicator_without_a_note_and_a_decision_overdue():
    for month in ("2025-08", "2025-09", "2025-10"):
        noted = {*commentary(month)[1]["indicator_id"]}
        assert "ar_12wk_pct" not in noted and "ehcp_20wk_pct" in noted
    log = board_decisions.snapshot("2025-10")
    is_open = log["status"].eq("open")
    assert is_open.sum() == 2 and (log["due_date"][is_open] < "2025-11-01").sum() == 1


@pytest.mark.parametrize("feed", WRITTEN)
def test_each_planted_defect_is_met_by_its_rule(feed):
    (table,) = contract_for(feed, PERIOD).tables
    defects = DEFECTS[feed][table.name] if feed in DEFECTS else contract_defects(table, [])
    rows = WRITTEN[feed](PERIOD)[-1]
    for number, defect in enumerate(defects):
        made, key = plant(rows, 0.1, month_end(PERIOD) + 3, Draws(number, feed), [defect])
        _, told = sent(feed, *made.to_dict("records"))
        expected = {rule for *_, outcome, rule in key if outcome == "quarantine"}
        assert key and {rule for _, rule, _ in told} == expected, defect.name


def test_nobody_owes_words_and_everybody_owes_their_figures():
    owed = {
        one.feed for one in load_contracts() if one.kind == "person" and one.is_owed_in("2025-05")
    }
    assert not {"commentary", "board_decisions", "school_closures"} & owed
    assert {"sen2_ehc", "therapy_ptl", "identity_map"} <= owed
