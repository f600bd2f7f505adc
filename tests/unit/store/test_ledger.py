import json
from datetime import UTC, datetime

import pytest

from ingest.store.ledger import Ledger, LedgerBroken

AT = datetime(2025, 4, 3, 6, 0, tzinfo=UTC)


def filled(home, count=3) -> Ledger:
    ledger = Ledger(home)
    for number in range(count):
        ledger.append("received", {"number": number}, AT)
    return ledger


def test_what_was_appended_is_read_back_in_order(tmp_path):
    filled(tmp_path)
    assert [entry.body["number"] for entry in Ledger(tmp_path).entries()] == [0, 1, 2]


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_line_breaks_the_chain(tmp_path, line):
    path = filled(tmp_path).path
    lines = path.read_text().splitlines(keepends=True)
    lines[line] = lines[line].replace(
        '"number": 1' if line == 1 else '"kind": "received"', '"kind": "other"', 1
    )
    path.write_text("".join(lines))
    with pytest.raises(LedgerBroken, match=f"line {line + 1}"):
        Ledger(tmp_path).entries()


def test_a_removed_line_breaks_the_chain(tmp_path):
    path = filled(tmp_path).path
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2])
    with pytest.raises(LedgerBroken, match="line 2"):
        Ledger(tmp_path).entries()


def test_a_line_that_the_machine_did_not_finish_is_dropped_before_the_next(tmp_path):
    path = filled(tmp_path, 2).path
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"number": 3, "ki')
    ledger = Ledger(tmp_path)
    assert len(ledger.entries()) == 2
    ledger.append("received", {"number": 2}, AT)
    assert [json.loads(line)["number"] for line in path.read_text().splitlines()] == [1, 2, 3]
    assert len(Ledger(tmp_path).entries()) == 3


def test_what_is_made_of_each_line_is_made_once_and_goes_on_with_the_ledger(tmp_path):
    ledger, asked = Ledger(tmp_path), []

    def number(entry):
        asked.append(entry.number)
        return entry.number

    for wanted in ([1], [1, 2], [1, 2, 3]):
        ledger.append("received", {}, AT)
        assert ledger.of_each(number) == wanted
        assert ledger.of_each(number) == wanted
    assert asked == [1, 2, 3]
