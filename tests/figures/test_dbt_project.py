"""The dbt project over small lakes: what it promises of every release, whatever was delivered."""

import csv
import hashlib
import json
import re
import shutil
import statistics
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.contracts import load_contracts, official
from ingest.contracts.model import official_feeds
from ingest.door.delivery import open_delivery
from ingest.door.examine import examine
from ingest.store.lake import store
from ingest.store.pseudonyms import open_pseudonyms
from orchestration.publication.report.pages import OUTCOMES
from tests.worlds.lakes import (
    FEED_SCHEMAS,
    PROJECT,
    build_all,
    month_end,
    place,
    prepare_lake,
    rows_of,
    run_dbt,
    submission_of,
    write_run,
)
from tests.worlds.published import plan_as_printed

WIRRAL = "E08000015"
SPEECH = "(CYP) Therapy interventions: Speech and language"
BANDS = ("all", "0-7", "8-14", "15-28", "29-84", "85-126", "127-364", "365+")
KEY = (
    "indicator_id, basis, period_type, period_start, period_end, area_code, breakdown, "
    "breakdown_value"
)


def _referrals(sender: str, service: str, period: str, count: int) -> list[dict]:
    """Give a list on which person k has waited 10 k days; every fifth was seen ten days ago."""
    census = month_end(period)
    return [
        {
            "referral_id": f"{sender}-{service}-{k}",
            "birth_month": date(2015, 1 + k % 12, 1),
            "service": service,
            "referral_received_date": census - timedelta(days=10 * k),
            "first_contact_date": census - timedelta(days=10) if k % 5 == 4 else None,
            "referral_outcome": "accepted",
            "source_row": k + 2,
        }
        for k in range(count)
    ]


def _cells(period: str, lists: dict[tuple[str, str, str], list[int]]) -> list[dict]:
    """Give the cells of one workbook: level, code and name of each list, its total and bands."""
    end = month_end(period)
    return [
        {
            "edition": f"{period}_published_{end + timedelta(days=40)}",
            "source_file": f"waits_{period}.xlsx#Table 4{suffix}",
            "source_sheet": f"Table 4{suffix}",
            "source_row": row,
            "source_column": 47,
            "table_title": "Waiting list",
            "measure": "waiting",
            "period_start": end.replace(day=1),
            "period_end": end,
            "geo_level": level,
            "org_code": code or None,
            "org_name": name,
            "service_line": SPEECH,
            "wait_band": band,
            "value": value,
            "value_text": str(value),
            "unit": "referrals",
            "is_list": True,
        }
        for row, ((level, code, name), values) in enumerate(lists.items(), 5)
        for suffix, band, value in zip(
            ("", "a", "b", "c", "d", "e", "f", "g"), BANDS, values, strict=True
        )
    ]


def _lake(home: Path, *, is_filled: bool, findings: list[dict] | None = None) -> Path:
    prepare_lake(home, findings)
    write_run(home, _fill(home / "lake") if is_filled else [])
    return home


def _fill(lake: Path) -> list[dict]:
    submissions = []
    for sender, service, period, count in (
        ("RY7", "SLT", "2025-01", 60),
        ("RY7", "SLT", "2025-02", 50),
        ("RBL", "OT", "2025-01", 20),
        ("Z002A", "SLT", "2025-02", 30),
    ):
        submissions.append(submission_of("therapy_ptl", sender, period, count))
        place(lake, submissions[-1], referrals=_referrals(sender, service, period, count))
    submissions.append(submission_of("therapy_ptl", "RBL", "2025-02", 9, verdict="refused"))
    alpha, beta = [28, 1, 2, 3, 4, 5, 6, 7], [14, 2, 2, 2, 2, 2, 2, 2]
    england = [a + b for a, b in zip(alpha, beta, strict=True)]
    for period, code in (("2025-01", ""), ("2025-02", "RY7")):
        submissions.append(submission_of("chs_waits", "NHSE", period, 32))
        name = "Wirral Community Health and Care NHS Foundation Trust"
        lists = {
            ("national", "", "England"): england,
            ("icb", "QYG", "Cheshire and Merseyside"): england,
            ("provider", code, name): alpha,
            ("provider", "ZAA", "Invented Trust A"): beta,
        }
        place(lake, submissions[-1], cells=_cells(period, lists))
    for feed, sender, period, tables in _deliveries_of_cases():
        submissions.append(submission_of(feed, sender, period, sum(map(len, tables.values()))))
        place(lake, submissions[-1], **tables)
    submissions.append(submission_of("ccis", "Z002L", "2025-02", 9, verdict="refused"))
    return submissions


def _deliveries_of_cases() -> Iterator[tuple[str, str, str, dict[str, list[dict]]]]:
    """Give deliveries of the other feeds: feed, sender, month and the rows of each table."""
    for sender, count in (("RXA", 30), ("RBS", 20)):
        yield "nd_pathway", sender, "2025-02", {"referrals": _pathway("2025-02", count)}
    yield "cyp_mh", "BRANCH", "2025-02", {"referrals": _branch("2025-02", 12)}
    for period, neet in (("2024-12", 1), ("2025-01", 2), ("2025-02", 3)):
        yield "ccis", WIRRAL, period, {"young_people": _young_people(10 * neet, neet)}
    yield "sen2_ehc", WIRRAL, "2025-02", _casework("2025-02", [20, 140, 141])
    yield "annual_reviews", WIRRAL, "2025-02", {"reviews": _reviews("2025-02", [28, 29, None])}


def _pathway(period: str, count: int) -> list[dict]:
    """Give open referrals of which person k has waited 10 k days; every fifth has adhd alone."""
    return [
        {
            "source_row": k + 2,
            "referral_id": str(k),
            "birth_month": date(2015, 1, 1),
            "pathway": "adhd" if k % 5 == 4 else "autism",
            "referral_received_date": month_end(period) - timedelta(days=10 * k),
            "provider_code": "RXA",
        }
        for k in range(count)
    ]


def _branch(period: str, count: int) -> list[dict]:
    """Give referrals of the month's first days; person k is seen after k, every third never."""
    first = month_end(period).replace(day=1)
    return [
        {
            "source_row": k + 2,
            "referral_id": str(k),
            "record_type": "digital_assessment" if k == 0 else None,
            "referral_received_date": first,
            "first_contact_date": None if k % 3 == 2 else first + timedelta(days=k),
        }
        for k in range(count)
    ]


def _young_people(count: int, neet: int) -> list[dict]:
    """Give a cohort of 16-year-olds, the first of them seeking work, and one too old for it."""
    born = [date(2008, 5, 1)] * count + [date(2004, 5, 1)]
    return [
        {
            "source_row": k + 2,
            "young_person_id": str(k),
            "birth_month": month,
            "la_code": "344",
            "activity_code": "619" if k < neet else "210",
            "send_flag": False,
        }
        for k, month in enumerate(born)
    ]


def _casework(period: str, days: list[int]) -> dict[str, list[dict]]:
    """Give a case for each number of days from a request to a plan issued on the month's last."""
    end = month_end(period)
    tables: dict[str, list[dict]] = {}
    for k, elapsed in enumerate(days):
        number = str(k + 1)
        row = {"source_row": k + 2}
        keys = dict.fromkeys(
            ["persontableid", "requeststableid", "assessmenttableid", "namedplantableid"], number
        )
        keys |= {"activeplanstableid": number, "senneedtableid": number}
        values = {
            "person": {"birth_month": date(2015, 1, 1), "sex": "F", "upn_id": number},
            "requests": {
                "case_id": number,
                "receiveddate": end - timedelta(days=elapsed),
                "requestoutcomedate": end - timedelta(days=elapsed // 2),
                "requestoutcome": "Y",
            },
            "assessment": {"assessmentoutcome": "Y", "assessmentoutcomedate": end, "week20": False},
            "namedplan": {"startdate": end},
            "activeplans": {},
            "senneed": {"sentype": "ASD", "sentyperank": 1},
        }
        for table, columns in values.items():
            known = FEED_SCHEMAS["sen2_ehc", table].names
            own = {name: key for name, key in keys.items() if name in known}
            tables.setdefault(table, []).append(row | own | columns)
    return tables


def _reviews(period: str, days: list[int | None]) -> list[dict]:
    """Give meetings whose decision was due on the month's last day, and when it was made."""
    meeting = month_end(period) - timedelta(days=28)
    return [
        {
            "source_row": k + 2,
            "review_id": str(k),
            "case_id": str(k),
            "meeting_date": meeting,
            "decision_date": None if after is None else meeting + timedelta(days=after),
            "decision": None if after is None else "M",
        }
        for k, after in enumerate(days)
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without its data tests: the first test runs them all."""
    return build_all(_lake(tmp_path_factory.mktemp("filled"), is_filled=True), tests=False)


@pytest.fixture(scope="module")
def manifest(filled: Path) -> dict:
    return json.loads((filled / "dbt/target/manifest.json").read_text())


def _figure(
    home: Path, indicator: str, area: str, month: int, basis: str = "local", kind: str = "month"
) -> tuple:
    (row,) = rows_of(
        home,
        "select value, value_status, status_reason from indicator_values where indicator_id = "
        f"'{indicator}' and area_code = '{area}' and basis = '{basis}' and breakdown = 'all' "
        f"and month(period_end) = {month} and period_type = '{kind}'",
    )
    return row


def test_every_unit_test_and_data_test_passes_on_a_filled_lake(filled: Path) -> None:
    run_dbt(filled, "test", "--no-write-json")


def test_an_empty_lake_gives_every_table_and_says_that_nothing_was_received(
    tmp_path: Path, manifest: dict
) -> None:
    home = build_all(_lake(tmp_path, is_filled=False))
    tables = {name for (name,) in rows_of(home, "select table_name from duckdb_tables()")}
    assert tables == _released(manifest)
    assert _figure(home, "slt_waiting_n", WIRRAL, 2) == (None, "not_available", "not_received")
    empty = pq.read_table(home / "candidate/waiting_list.parquet")
    assert empty.num_rows == 0
    assert empty.schema.field("referral_count").type == pa.int64()


def _released(manifest: dict) -> set[str]:
    return {
        node["alias"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and "release" in node["config"]["meta"]
    }


def test_bytes_depend_on_neither_thread_count_nor_folder(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = _lake(tmp_path_factory.mktemp("other folder"), is_filled=True)
    assert _hashes(build_all(home, threads=4, tests=False)) == _hashes(filled)


def _hashes(home: Path) -> dict[str, str]:
    files = [home / "lake/_waiting_lists.parquet", *home.glob("candidate/*.parquet")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_counts_of_the_filled_lake_agree_with_a_count_by_hand(filled: Path) -> None:
    waiting = [10 * k for k in range(50) if k % 5 != 4]
    assert _figure(filled, "slt_waiting_n", "RY7", 2) == (40, "value", None)
    assert _figure(filled, "slt_waiting_n", WIRRAL, 2) == (40, "value", None)
    within = 100 * sum(days <= 126 for days in waiting) / len(waiting)
    assert _figure(filled, "slt_within_18w_pct", WIRRAL, 2) == (within, "value", None)
    over = sum(days >= 365 for days in waiting)
    assert _figure(filled, "slt_over_52w_n", WIRRAL, 2) == (over, "value", None)
    assert _figure(filled, "slt_waiting_n", "E0899002", 2) == (24, "value", None)


def test_figures_of_cases_agree_with_a_count_by_hand(filled: Path) -> None:
    waiting = [10 * k for n in (30, 20) for k in range(n) if k % 5 != 4]
    over = 100 * sum(days > 91 for days in waiting) / len(waiting)
    contacts = statistics.median(k for k in range(1, 12) if k % 3 != 2)
    for indicator, value in {
        "nd_open_referrals_n": 50,
        "nd_over_13w_pct": over,
        "branch_referrals_n": 11,
        "branch_first_contact_median_days": contacts,
        "neet_nk_16_17_pct": 100 * 3 / 30,
        "ehcp_total_n": 3,
        "ehcna_requests_n": 1,
        "ehcp_20wk_pct": 100 * 2 / 3,
        "ehcp_20wk_inc_pct": 100 * 2 / 3,
        "ar_4wk_pct": 100 / 3,
    }.items():
        assert _figure(filled, indicator, WIRRAL, 2) == (value, "value", None), indicator
    assert _figure(filled, "nd_open_referrals_n", "RBS", 2) == (20, "value", None)


INVENTED = """dataset: invented_statistics
title: Invented statistics
publisher: Invented office
sender: INV
source: Nowhere
rule: {months: 2, text: invented}
symbols: {x: Unavailable}
tables:
  - id: invented_census
    title: Invented children
    period: {column: time_period, identifier: time_identifier, reads: {autumn term: autumn_census}}
    measures: {invented_children: {unit: count}}
"""
PUBLISHED = b"""time_period,time_identifier,geographic_level,new_la_code,la_name,invented_children
202425,Autumn term,Local authority,E08000015,Wirral,42
"""


@pytest.fixture
def invented_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more contract of a publication, for the length of a test."""
    folder = shutil.copytree(official.FOLDER, tmp_path / "official")
    (folder / "invented_statistics.yaml").write_text(INVENTED)
    caches = (official.load_publications, official.sender_of, official.publishers)
    caches += (load_contracts, official_feeds)
    monkeypatch.setattr(official, "FOLDER", folder)
    for cached in caches:
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in caches:
        cached.cache_clear()


def test_a_new_official_dataset_costs_a_contract_and_rows_of_seeds(
    filled: Path, tmp_path: Path, invented_contract: None
) -> None:
    home = shutil.copytree(filled, tmp_path / "home")
    (tmp_path / "children.csv").write_bytes(PUBLISHED)
    examined = examine(open_delivery(tmp_path / "children.csv"), date(2025, 3, 1))
    store(home, examined, open_pseudonyms(home / "pseudonym.key"))
    submission = submission_of("invented_statistics", "INV", examined.period, 1)
    submission |= {"submission_id": examined.submission_id, "edition": examined.edition}
    write_run(home, [submission | {"known_on": examined.known_on, "known_how": "publication"}])
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for seed, row in (
        ("publication_series", "new,cme_n,9,invented_statistics,invented_census,census,,true,New,"),
        ("published_measures", "new,numerator,invented_children,all,1"),
    ):
        (path,) = PROJECT.rglob(f"{seed}.csv")
        (seeds / path.name).write_text(path.read_text("utf-8") + row + "\n")
    models = (
        "publication_series published_measures stg_run__submissions stg_run__used "
        "stg_official__cells int_official_periods__ranked int_editions__compared "
        "int_measures__redefined int_published_series__matched int_published_series__built "
        "int_days__described int_figures__united indicator_values"
    )
    kinds = ("--exclude-resource-type", "unit_test")
    run_dbt(home, "build", *kinds, "--select", *models.split(), seeds=seeds)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        told = connection.sql(
            "select indicator_id, value, source_feed from marts.indicator_values "
            "where basis = 'published' and source_feed != 'chs_waits'"
        ).fetchall()
    assert told == [("cme_n", 42, "invented_statistics")]


def test_a_winter_is_the_ratio_of_the_sums_of_its_three_months(filled: Path) -> None:
    winter = _figure(filled, "neet_nk_16_17_pct", WIRRAL, 2, kind="dec_feb")
    assert winter == (100 * 6 / 60, "value", None)
    assert _figure(filled, "neet_nk_16_17_pct", WIRRAL, 12) == (10, "value", None)


def test_parts_of_a_count_add_up_to_it(filled: Path) -> None:
    rows = rows_of(
        filled,
        f"""
        with counts as (
            select * from indicator_values where basis = 'local' and ends_with(indicator_id, '_n')
        ),
        parts as (
            select {KEY.removesuffix(", breakdown_value")}, sum(value) as total
            from counts where breakdown != 'all' group by all
        )
        select parts.indicator_id, parts.breakdown, bool_and(parts.total = counts.value)
        from parts inner join counts
        using (indicator_id, basis, period_type, period_start, period_end, area_code)
        where counts.breakdown = 'all' and counts.value is not null
        group by all
        """,
    )
    assert {("nd_open_referrals_n", "wait_band", True), ("ehcp_total_n", "sex", True)} <= {*rows}
    assert all(adds_up for _, _, adds_up in rows), rows


def test_a_refused_delivery_and_a_list_never_received_are_told_apart(filled: Path) -> None:
    assert _figure(filled, "ot_waiting_n", WIRRAL, 1) == (16, "value", None)
    assert _figure(filled, "ot_waiting_n", WIRRAL, 2) == (None, "not_available", "delivery_refused")
    assert _figure(filled, "physio_waiting_n", WIRRAL, 2) == (None, "not_available", "not_received")
    assert _figure(filled, "chs_waiting_n", WIRRAL, 2) == (None, "not_available", "no_feed")


def test_published_lists_are_figures_of_their_organisation_even_without_a_code(
    filled: Path,
) -> None:
    assert _figure(filled, "slt_waiting_n", "RY7", 1, "published") == (28, "value", None)
    assert _figure(filled, "chs_waiting_n", "E92000001", 2, "published") == (42, "value", None)
    share = 100 * 15 / 28
    assert _figure(filled, "slt_within_18w_pct", "RY7", 2, "published") == (share, "value", None)


def test_the_steps_of_every_figure_re_add_to_it_and_every_figure_has_an_input(filled: Path) -> None:
    assert not rows_of(
        filled,
        f"""
        with steps as (
            select {KEY}, sum(counts_in_numerator) as n, sum(counts_in_denominator) as d
            from figure_steps group by all
        )
        select figures.indicator_id from indicator_values as figures
        left join steps using ({KEY})
        where value_status = 'value'
        and (breakdown = 'all' or basis = 'published')
        and (numerator is distinct from n or denominator is distinct from d)
        """,
    )
    assert not rows_of(
        filled,
        f"""
        select indicator_id from indicator_values anti join figure_inputs using ({KEY})
        where value_status = 'value'
        """,
    )


def test_a_finding_withholds_a_list_and_every_total_that_contains_it(tmp_path: Path) -> None:
    common = {"rule_id": "WL-ZERO", "severity": "withhold", "message": "m", "action": "a"}
    common |= {"period": "2025-02", "dataset": "chs_waits"}
    published = {"basis": "published", "org_code": "RY7", "org_key": "RY7", "scope": "list"}
    local = {
        "basis": "local",
        "dataset": "therapy_ptl",
        "org_code": "RY7",
        "org_key": "RY7",
        "scope": "bands",
    }
    findings = [
        common | published | {"finding_id": "1", "service_line": SPEECH},
        common | local | {"finding_id": "2", "service_line": "SLT"},
    ]
    home = _lake(tmp_path, is_filled=True, findings=findings)
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    run_dbt(home, "build", *kinds, "--select", "+indicator_values", "+official_statistics")
    withheld = (None, "not_available", "withheld:WL-ZERO")
    for area in ("RY7", "QYG", "E92000001"):
        assert _figure(home, "slt_waiting_n", area, 2, "published") == withheld
        assert _figure(home, "chs_waiting_n", area, 2, "published") == withheld
    assert _figure(home, "slt_waiting_n", "ZAA", 2, "published") == (14, "value", None)
    assert _figure(home, "slt_waiting_n", "RY7", 1, "published") == (28, "value", None)
    assert _figure(home, "slt_waiting_n", WIRRAL, 2) == (40, "value", None)
    assert _figure(home, "slt_within_18w_pct", WIRRAL, 2) == withheld
    published_cells = rows_of(home, "select count(*), count(value) from official_statistics")
    assert published_cells == [(64, 64)]


def test_the_database_is_small_opens_in_older_readers_and_leaves_no_log(filled: Path) -> None:
    file = filled / "candidate/marts.duckdb"
    storage_version = int.from_bytes(file.read_bytes()[12:20], "little")
    assert storage_version == 65  # what DuckDB 1.2 wrote, and every later one reads
    with duckdb.connect(str(file), read_only=True) as connection:
        blocks = connection.sql("select block_size from pragma_database_size()").fetchall()
    assert blocks == [(16384,)]  # a table takes a block at least, and most tables are small
    assert not list(filled.glob("candidate/*.wal"))


def test_the_database_holds_the_rows_of_the_parquet_files(filled: Path, manifest: dict) -> None:
    for table in _released(manifest):
        pattern = f"^{table}(_\\d{{4}}|_chs_waits_.+)?\\.parquet$"
        files = [p for p in filled.glob("candidate/*.parquet") if re.match(pattern, p.name)]
        rows = sum(pq.read_metadata(p).num_rows for p in files)
        assert rows_of(filled, f"select count(*) from {table}") == [(rows,)]


def test_the_working_file_can_be_removed_after_a_run(filled: Path, tmp_path: Path) -> None:
    shutil.move(filled / "warehouse.duckdb", tmp_path)
    shutil.move(tmp_path / "warehouse.duckdb", filled)
    held = [
        p for p in Path("/proc/self/fd").glob("*") if p.exists() and "duckdb" in str(p.resolve())
    ]
    assert not held


def test_every_model_says_what_its_row_is(manifest: dict) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] not in ("model", "seed"):
            continue
        assert node["description"].startswith("One row per "), node["name"]
        if node["schema"] in ("core", "marts"):
            assert node["config"]["contract"]["enforced"], node["name"]
            assert all(column["description"] for column in node["columns"].values()), node["name"]


def test_every_column_is_described_where_it_is_made(manifest: dict, filled: Path) -> None:
    """A seed describes its columns. A model describes what it adds to the columns of its parents,
    or a doc block of the column's name describes it for all models. When this fails, write one."""
    with duckdb.connect(str(filled / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.sql("select schema_name, table_name, column_name from duckdb_columns()")
        built = defaultdict(set)
        for schema, table, column in rows.fetchall():
            built[schema, table].add(column)
    nodes = manifest["nodes"] | manifest["sources"]
    shared = {block["name"] for block in manifest["docs"].values()}

    @cache
    def described(key: str) -> frozenset[str]:
        node = nodes[key]
        own = {name for name, column in node["columns"].items() if column["description"]}
        if node["resource_type"] != "model":
            return frozenset(own if node["resource_type"] == "seed" else own | shared)
        passed = {name for parent in node["depends_on"]["nodes"] for name in described(parent)}
        return frozenset((own | shared | passed) & built[node["schema"], node["alias"]])

    bare = {
        node["name"]: sorted(built[node["schema"], node["alias"]] - described(key))
        for key, node in nodes.items()
        if node["resource_type"] in ("model", "seed")
    }
    assert len(bare) > 100 and not {name: columns for name, columns in bare.items() if columns}


def test_only_staging_reads_sources_and_compiled_sql_names_no_folder(
    manifest: dict, filled: Path
) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            assert not node["sources"] or node["schema"] == "staging", node["name"]
    compiled = [p for p in (filled / "dbt/target/compiled").rglob("*.sql") if p.is_file()]
    assert compiled
    assert not [p for p in compiled if str(filled) in p.read_text()]


LAYERS = ("staging", "prepare", "core", "count", "marts")


def test_a_model_reads_only_its_own_layer_and_those_before_it(manifest: dict) -> None:
    models = {key: node for key, node in manifest["nodes"].items() if key.startswith("model.")}
    layer = {key: LAYERS.index(node["fqn"][1]) for key, node in models.items()}
    against = [
        f"{models[child]['name']} reads {models[parent]['name']}"
        for child, node in models.items()
        for parent in node["depends_on"]["nodes"]
        if parent in layer and layer[parent] > layer[child]
    ]
    assert not against


def test_words_of_a_model_and_its_tests_lie_in_its_own_folder(manifest: dict) -> None:
    """A model is described in `_<folder>__models.yml`, tested in `<model>__unit_tests.yml`."""
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            folder = Path(node["original_file_path"]).parent
            words = node["patch_path"].removeprefix("lasp://")
            assert words == str(folder / f"_{folder.name}__models.yml"), node["name"]
    for test in manifest["unit_tests"].values():
        (model,) = [n for n in test["depends_on"]["nodes"] if n.endswith(f".{test['model']}")]
        beside = Path(manifest["nodes"][model]["original_file_path"]).with_suffix("")
        assert test["original_file_path"] == f"{beside}__unit_tests.yml", test["name"]


def test_breakdowns_of_the_figures_are_in_the_list_of_breakdowns(filled: Path) -> None:
    assert not rows_of(
        filled,
        "select distinct breakdown, breakdown_value from indicator_values "
        "anti join breakdowns using (breakdown, breakdown_value)",
    )


def test_areas_of_the_figures_are_in_the_list_of_areas(filled: Path) -> None:
    assert not rows_of(
        filled, "select distinct area_code from indicator_values anti join areas using (area_code)"
    )


CELL = "statement metric_number metric indicator_id unit direction kind period_end raw operator"


def _cells_of_the_plan(home: Path) -> list[tuple]:
    """Give what the marts hold of the printed plan, cell by cell."""
    columns = ", ".join([*CELL.split(), "is_cumulative", "is_baseline", "target_value"])
    return rows_of(home, f"select {columns} from improvement_plan where kind != 'month'")


def _printed(path: Path, names: dict[str, str], yes: str) -> list[tuple]:
    with path.open(encoding="utf-8", newline="") as lines:
        table = [*csv.DictReader(lines)]
    rows = [{names.get(name, name): cell for name, cell in row.items()} for row in table]
    whole = {"statement": int, "metric_number": int, "period_end": date.fromisoformat}
    return [
        (
            *(whole.get(name, str)(row[name]) for name in CELL.split()),
            row["is_cumulative"] == yes,
            row["is_baseline"] == yes,
            float(row["target_value"]) if row["target_value"] else None,
        )
        for row in rows
    ]


def _agree(read: list[tuple], printed: list[tuple]) -> None:
    assert len(read) == len(printed) == 262
    for one, other in zip(sorted(read, key=str), sorted(printed, key=str), strict=True):
        assert one[:-1] == other[:-1]
        # A third has as many digits as its writer likes.
        assert one[-1] == (None if other[-1] is None else pytest.approx(other[-1], abs=1e-9)), one


def test_every_cell_of_the_plan_reads_back_as_the_partnership_wrote_it(filled: Path) -> None:
    seed = PROJECT / "partnership/improvement_plan_cells.csv"
    _agree(_cells_of_the_plan(filled), _printed(seed, {}, "true"))


def test_every_cell_of_the_plan_reads_back_as_it_is_printed(filled: Path) -> None:
    names = {"metric_seq": "metric_number", "op": "operator", "value": "target_value"}
    names |= {"cumulative": "is_cumulative", "probable_baseline": "is_baseline"}
    _agree(_cells_of_the_plan(filled), _printed(plan_as_printed(), names, "1"))


def test_every_measure_of_the_plan_has_a_row_for_every_month_up_to_the_release(
    filled: Path,
) -> None:
    months = rows_of(
        filled,
        "select metric_number, count(distinct period_end) from improvement_plan "
        "where kind in ('month', 'trajectory') and period_end <= '2025-02-28' group by all",
    )
    assert len(months) == 37 and {count for _, count in months} == {11}


def test_everything_that_was_promised_is_covered(filled: Path) -> None:
    assert dict(rows_of(filled, "select kind, count(*) from coverage group by kind")) == {
        "evidence": 36, "plan_measure": 37, "roadmap": 15, "priority_statement": 20,
        "priority_action": 3, "area_for_improvement": 1,
    }  # fmt: skip
    assert not rows_of(filled, "from coverage where (value is null) != (status_reason is not null)")
    assert rows_of(filled, "select count(*) from strategy_bullets") == [(36,)]
    assert rows_of(filled, "select count(*) from improvement_plan_actions") == [(61,)]
    assert rows_of(filled, "select outcome_measure from outcome_measures order by sort_order") == [
        (name,) for name in OUTCOMES
    ]


def test_descriptions_travel_with_the_database(filled: Path) -> None:
    rows = rows_of(filled, "select table_name, comment from duckdb_tables()")
    assert rows and all(comment.startswith("One row per") for _, comment in rows)
    lacking = "select table_name, column_name from duckdb_columns() where comment is null"
    assert rows_of(filled, lacking + " and not internal") == []


def test_every_parameter_that_sql_names_is_one_of_the_seed() -> None:
    named = {
        name
        for path in PROJECT.rglob("*.sql")
        for name in re.findall(r"(?:parameter|choice|factor)\('(\w+)'\)", path.read_text())
    }
    lines = (PROJECT / "seeds" / "parameters.csv").read_text().splitlines()[1:]
    assert named and named <= {line.split(",")[0] for line in lines}
