"""The tables of a release answer what a page asks, each question as if it were the first."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.publication.report import Tables


@pytest.fixture
def tables(tmp_path):
    waits = {"service": ["A", "B", None, "A"], "band": ["0-7", "0-7", "8+", "8+"]}
    for year, rows in (("2025", slice(2, 4)), ("2024", slice(0, 2))):
        part = pa.table({name: column[rows] for name, column in waits.items()})
        pq.write_table(part, tmp_path / f"{year}.parquet")
    return Tables({"waits": [tmp_path / "2025.parquet", tmp_path / "2024.parquet"]})


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ["A 0-7", "B 0-7", "None 8+", "A 8+"]),
        ({"service": "A"}, ["A 0-7", "A 8+"]),
        ({"service": "A", "band": "8+"}, ["A 8+"]),
        ({"service": ["B", "A"], "band": ["0-7"]}, ["A 0-7", "B 0-7"]),
        ({"service": None}, ["None 8+"]),
        ({"service": []}, []),
        ({"service": "C"}, []),
    ],
)
def test_rows_agree_with_every_column_asked_in_the_order_of_the_files(tables, where, expected):
    def asked():
        return [f"{row['service']} {row['band']}" for row in tables.rows("waits", **where)]

    assert asked() == expected
    assert asked() == expected


def test_what_a_page_does_with_its_rows_changes_no_later_answer(tables):
    tables.rows("waits", service="A").clear()
    assert len(tables.rows("waits", service="A")) == 2


def test_a_column_that_the_table_lacks_is_an_error_and_a_table_that_is_lacking_has_no_rows(tables):
    with pytest.raises(KeyError):
        tables.rows("waits", colour="red")
    assert tables.rows("queues", colour="red") == []
