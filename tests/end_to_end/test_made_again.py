"""A release comes out of landing and ledger again, whatever came after it; or what is missing is
named."""

import json

from tests.end_to_end.lasp import lasp


def _as_at(home, release: str) -> str:
    manifest = home / "releases" / release / "MANIFEST.json"
    return json.loads(manifest.read_text("utf-8"))["as_at"]


def _landed(home, month: str):
    folder = home / "landing" / "therapy_ptl" / month
    return sorted(path for path in folder.glob("*/*") if path.name != "receipt.json")


def test_a_release_is_rebuilt_byte_for_byte_after_a_later_month_and_a_correction(home):
    newest, as_at = _landed(home, "2025-03")[0], _as_at(home, "2025-03/r1")
    rows = newest.read_bytes().splitlines(keepends=True)
    (home / "inbox" / "therapy_ptl_RY7_202503_02.csv").write_bytes(b"".join(rows[:-3]))
    ran = lasp(home, "run", "--month", "2025-03")
    assert "released: 2025-03/r2" in ran.stdout, ran.stdout + ran.stderr
    ran = lasp(home, "rebuild", "2025-03", "--as-at", as_at)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    said = ran.stdout.splitlines()[-1]
    assert said.startswith(f"2025-03/r1 as at {as_at}, made again from what landed: equal: ")
    assert not (home / "rebuild").exists()
    listed = lasp(home, "releases").stdout
    assert ": equal: " in next(line for line in listed.splitlines() if "rebuilt " in line)


def test_a_landed_file_that_is_no_longer_kept_is_named_and_the_ledger_says_so(home):
    as_at = _as_at(home, "2025-04/r1")
    _landed(home, "2025-03")[0].unlink()
    ran = lasp(home, "rebuild", "2025-04", "--as-at", as_at)
    words = "2025-04/r1 cannot be rebuilt. No longer kept: 1 file of "
    assert ran.returncode == 3 and words + "therapy_ptl R" in ran.stderr
    assert words in lasp(home, "releases").stdout


def test_a_day_as_at_which_no_release_was_made_is_answered_with_those_there_are(home):
    ran = lasp(home, "rebuild", "2025-04", "--as-at", "2025-05-01")
    assert ran.returncode == 2 and f"2025-04/r1 as at {_as_at(home, '2025-04/r1')}" in ran.stderr
