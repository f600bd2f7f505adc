"""What the key of counted parts names: each thing that a count rests on, changed alone, makes
exactly those submissions be counted again that rest on it."""

import re
from datetime import date

import duckdb
import pytest

from tests.worlds.lakes import PROJECT, month_end

CASEWORK = ("sen2_ehc", "annual_reviews", "ehc_advice", "tribunals")
DELIVERED = {
    f"{feed} {sender} {month}"
    for sender, feeds in {
        "W": (*CASEWORK, "nd_pathway"),
        "X": ("sen2_ehc", "annual_reviews"),
    }.items()
    for feed in feeds
    for month in ("01", "02")
}
GIVEN = {
    "stg_run__used": "submission_id text, feed text, sender text, lake_sha256 text, "
    "period_start date, period_end date",
    "stg_run__settings": "generation text",
    "int_feeds__counted": "feed text, flow_look_back_months integer",
    "int_submissions__sound": "submission_id text",
    "int_senders__placed": "sender text, area_code text",
    "int_school_closures__windowed": "urn text, window_start date, window_end date",
}


def keys(
    *, delivered=DELIVERED, changed=None, unsound=None, closed=(), generation="g", look_back=None
):
    """Key of each submission, by the SQL of the models."""
    used = []
    for name in sorted(delivered):
        feed, sender, month = name.split()
        end = month_end(f"2025-{month}")
        used.append((name, feed, sender, f"{name == changed}", end.replace(day=1), end))
    feeds = (*CASEWORK, "nd_pathway")
    rows = {
        "stg_run__used": used,
        "stg_run__settings": [(generation,)],
        "int_feeds__counted": [(feed, 24 if feed == look_back else 12) for feed in feeds],
        "int_submissions__sound": [(name,) for name in delivered if name != unsound],
        "int_senders__placed": [("W", "W"), ("X", "X")],
        "int_school_closures__windowed": [("105100", day, date(2025, 9, 1)) for day in closed],
    }
    with duckdb.connect() as connection:
        for table, columns in GIVEN.items():
            connection.sql(f"create table {table} ({columns})")
            places = ", ".join("?" for _ in columns.split(","))
            for row in rows[table]:
                connection.execute(f"insert into {table} values ({places})", row)
        for model in ("casework/int_ehc_snapshots__paired", "kept/int_submissions__keyed"):
            text = (PROJECT / f"models/prepare/{model}.sql").read_text("utf-8")
            sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", text)
            connection.sql(f"create table {model.partition('/')[2]} as {sql}")
        found = connection.sql("select submission_id, parts_key from int_submissions__keyed")
        return dict(found.fetchall())


def of(sender, month, *feeds):
    return {f"{feed} {sender} {month}" for feed in feeds}


JANUARY, FEBRUARY = of("W", "01", *CASEWORK), of("W", "02", *CASEWORK)


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({"changed": "nd_pathway W 01"}, of("W", "01", "nd_pathway")),
        ({"changed": "sen2_ehc W 01"}, JANUARY),
        ({"changed": "annual_reviews W 01"}, JANUARY),
        ({"changed": "ehc_advice W 02"}, FEBRUARY),
        ({"changed": "tribunals W 01"}, of("W", "01", "tribunals")),
        ({"changed": "sen2_ehc X 02"}, of("X", "02", "sen2_ehc", "annual_reviews")),
        ({"unsound": "ehc_advice W 02"}, FEBRUARY),
        ({"unsound": "tribunals W 02"}, set()),
        ({"delivered": DELIVERED - {"annual_reviews W 02"}}, FEBRUARY - {"annual_reviews W 02"}),
        ({"delivered": DELIVERED - {"annual_reviews W 01"}}, JANUARY - {"annual_reviews W 01"}),
        ({"delivered": DELIVERED - {"tribunals W 02"}}, set()),
        ({"closed": [date(2025, 1, 31)]}, JANUARY | FEBRUARY),
        ({"closed": [date(2025, 2, 1)]}, FEBRUARY),
        ({"closed": [date(2025, 3, 1)]}, set()),
        ({"look_back": "nd_pathway"}, of("W", "01", "nd_pathway") | of("W", "02", "nd_pathway")),
        ({"generation": "other models"}, DELIVERED),
    ],
)  # fmt: skip
def test_each_thing_that_a_count_rests_on_changes_the_keys_of_what_rests_on_it(change, again):
    before, after = keys(), keys(**change)
    assert {name for name, key in after.items() if before[name] != key} == again


def test_no_two_submissions_share_a_key_though_their_tables_hold_the_same_bytes():
    found = keys()
    assert len(set(found.values())) == len(found) == len(DELIVERED)
