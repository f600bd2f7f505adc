"""Each feed that YAML describes: what it sends is taken, but for what is declared to be wrong."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ingest.contracts.synthetic import load_declared
from ingest.door.delivery import open_delivery
from ingest.door.examine import examine
from ingest.synthetic.monthly_files import write_deliveries

MONTHS = [str(month) for month in pd.period_range("2024-11", "2025-10", freq="M")]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """A year of all declared feeds, and the key of what is wrong in them."""
    folder = tmp_path_factory.mktemp("sent")
    feeds = [declared.feed for declared in load_declared()]
    return folder, write_deliveries(folder, MONTHS, feeds=feeds)


def test_nothing_is_set_aside_but_what_is_declared_to_be_wrong(sent) -> None:
    folder, key = sent
    for path in (path for path in folder.iterdir() if "manifest" not in path.name):
        for name, table in examine(open_delivery(path), date(2027, 1, 1)).tables.items():
            aside = table.rejects[table.rejects.outcome == "quarantine"]
            found = set(zip(aside.source_row, aside.column, aside.rule, strict=True))
            wrong = key[(key.file_name == path.name) & (key.table == name)]
            assert found == set(zip(wrong.source_row, wrong.column, wrong.rule, strict=True))
            assert len(table.kept) > 0, path.name


def test_each_feed_is_sent(sent) -> None:
    names = {path.name for path in sent[0].iterdir()}
    for declared in load_declared():
        assert any(name.startswith(f"{declared.feed}_") for name in names), declared.feed
