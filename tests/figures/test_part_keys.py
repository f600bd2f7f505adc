"""What the key of counted parts names: each thing that a count rests on, changed alone, makes
exactly the submissions that rest on it be counted again."""

import re
from datetime import date

import duckdb
import pytest
import yaml

from orchestration.run.transform import partnership_vars
from tests.worlds.lakes import PROJECT, month_end, parsed

CASEWORK = (
    "sen2_ehc", "annual_reviews", "ehc_advice", "tribunals", "transition", "social_care"
)  # fmt: skip
OTHERS = ("nd_pathway", "cme_ehe")
DELIVERED = {
    f"{feed} {sender} {month}"
    for sender, feeds in {
        "W": (*CASEWORK, *OTHERS),
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
    "int_people__resolved": "feed text, submission_id text, source_row integer, person_id text",
}


def keys(
    *,
    delivered=DELIVERED,
    changed=None,
    unsound=None,
    closed=(),
    generation="g",
    look_back=None,
    another=(),
):
    """Key of each submission, by the SQL of the models."""
    used = []
    for name in sorted(delivered):
        feed, sender, month = name.split()
        end = month_end(f"2025-{month}")
        used.append((name, feed, sender, f"{name == changed}", end.replace(day=1), end))
    feeds = (*CASEWORK, *OTHERS)
    rows = {
        "stg_run__used": used,
        "stg_run__settings": [(generation,)],
        "int_feeds__counted": [(feed, 24 if feed == look_back else 12) for feed in feeds],
        "int_submissions__sound": [(name,) for name in delivered if name != unsound],
        "int_senders__placed": [("W", "W"), ("X", "X")],
        "int_school_closures__windowed": [("105100", day, date(2025, 9, 1)) for day in closed],
        "int_people__resolved": [
            (name.split()[0], name, 2, "another" if name in another else "a child")
            for name in sorted(delivered)
        ],
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


LIST = "school_closures W 02"
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
        ({"changed": "social_care W 01"}, JANUARY),
        ({"changed": "transition W 02"}, FEBRUARY),
        ({"delivered": DELIVERED - {"social_care W 02"}}, FEBRUARY - {"social_care W 02"}),
        ({"another": of("W", "01", "transition")}, JANUARY),
        ({"another": of("W", "01", "nd_pathway")}, set()),
        ({"another": DELIVERED}, set()),
        ({"delivered": DELIVERED | {LIST}}, of("W", "01", "cme_ehe") | of("W", "02", "cme_ehe")),
    ],
)  # fmt: skip
def test_each_thing_that_a_count_rests_on_changes_the_keys_of_what_rests_on_it(change, again):
    before, after = keys(), keys(**change)
    assert {name for name, key in after.items() if before.get(name, key) != key} == again


def test_no_two_submissions_share_a_key_though_their_tables_hold_the_same_bytes():
    found = keys()
    assert len(set(found.values())) == len(found) == len(DELIVERED)


NAMED = {
    "int_submissions__uncounted",
    "int_submissions__read",
    "int_ehc_snapshots__paired",
    "int_school_closures__windowed",
    "int_people__resolved",
    "int_submissions__sound",
}
"""What the key names, or follows from it: what is not sound is in no pair, no list of closures."""
OF_ITSELF = {"int_senders__placed", "int_record_entries__listed"}
"""A sender's area follows from its code; the warehouse's own record is counted anew each month."""


def read_by(nodes, key):
    """Feeds and inputs of the run that a model rests on, except what the key names."""
    node = nodes[key]
    if node.resource_type == "source":
        return {node.source_name}
    if node.name.startswith("stg_run__"):
        return {node.name}
    if node.name in NAMED | OF_ITSELF:
        return set()
    return set().union(*(read_by(nodes, parent) for parent in node.depends_on_nodes))


@pytest.fixture(scope="module")
def nodes():
    manifest = parsed(partnership_vars())
    return {**manifest.nodes, **manifest.sources}


def topics():
    for path in sorted((PROJECT / "macros/measures").glob("*.sql")):
        text = path.read_text("utf-8")
        declared = re.search(r"set text -%\}\n(.*?)\n *\{%- endset", text, re.DOTALL)[1]
        yield yaml.safe_load(declared)


KEPT = [topic for topic in topics() if topic["feeds"] != ["record"]]


@pytest.mark.parametrize("topic", KEPT, ids=lambda topic: topic["reads"])
def test_cases_take_from_another_delivery_only_what_the_key_names(nodes, topic):
    feeds = {*topic["feeds"]}
    feeds |= {*CASEWORK} if feeds & {*CASEWORK} else set()
    feeds |= {"school_closures"} if "cme_ehe" in feeds else set()
    found = read_by(nodes, f"model.lasp.{topic['reads']}")
    assert found & feeds and found <= feeds | {"stg_run__used", "stg_run__local_feeds"}


def test_months_and_people_of_a_submission_rest_on_no_other_input_of_a_run(nodes):
    told = read_by(nodes, "model.lasp.int_case_months__listed")
    told |= read_by(nodes, "model.lasp.int_cohort_cases__listed")
    told = {name for name in told if name.startswith("stg_run__")}
    assert told == {"stg_run__used", "stg_run__local_feeds"}


def test_cases_are_made_only_of_the_deliveries_that_a_run_reads(nodes):
    """But for waits: the lists of every month are shown, and who waits in one is of its cohort."""
    feeds = {feed for topic in KEPT for feed in topic["feeds"]}
    whole = set()
    for node in nodes.values():
        if {"core", "casework"} & {*node.fqn} and node.resource_type == "model":
            above = {key.rpartition(".")[2] for key in node.depends_on_nodes}
            delivered = {name.removeprefix("stg_").partition("__")[0] for name in above}
            if delivered & feeds and "int_submissions__read" not in above:
                whole.add(node.name)
    assert whole == {"service_waits"}
