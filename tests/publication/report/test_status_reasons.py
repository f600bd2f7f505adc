"""The reasons for which a figure is missing: one list, and what is said from it elsewhere."""

import csv
from pathlib import Path

from orchestration.publication.release import explanation

PROJECT = Path(__file__).resolve().parents[3] / "dbt_project"


def _reasons() -> list[dict[str, str]]:
    path = PROJECT / "seeds/status_reason_words.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_column_comment_of_status_reason_is_the_list_of_reasons() -> None:
    """When this fails, put the text that it expects into the doc block of definitions.md."""
    told = [
        f"`{row['reason']}{':<' + row['detail'] + '>' if row['detail'] else ''}`: {row['meaning']}"
        for row in _reasons()
    ]
    expected = " ".join(["Why there is no figure; null for a value.", *told])
    blocks = (PROJECT / "models/definitions.md").read_text("utf-8").split("{% docs ")
    (block,) = [one for one in blocks if one.startswith("status_reason %}")]
    assert block.split("%}\n")[1].removesuffix("\n{% enddocs ") == expected


def test_explain_has_words_for_every_reason_and_for_no_other() -> None:
    assert set(explanation.REASONS) == {row["reason"] for row in _reasons()}


def test_families_read_whole_sentences() -> None:
    for row in _reasons():
        assert row["meaning"].endswith("."), row["reason"]
        assert row["family_text"].endswith("."), row["reason"]
