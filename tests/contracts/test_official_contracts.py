"""What the contracts of official publications promise."""

import re

import pytest
import yaml
from pydantic import ValidationError

from ingest.contracts.official import (
    FOLDER,
    Publication,
    column_pattern,
    load_publications,
    plain,
)
from ingest.readers.official.areas import authority, standard_area, unlisted
from ingest.readers.official.periods import period_of

TABLES = [(p, table) for p in load_publications() for table in p.tables]


def names(case):
    return case[1].id if isinstance(case, tuple) else str(case)


def test_every_contract_names_its_source_and_says_when_editions_are_known():
    for publication in load_publications():
        assert publication.title and publication.publisher and publication.source
        assert publication.published or publication.rule or publication.dated_by


def test_publication_days_come_after_the_period_that_they_publish():
    for publication in load_publications():
        for one in publication.published:
            assert one.newest[0] <= one.newest[1] < one.day


@pytest.mark.parametrize("case", TABLES, ids=names)
def test_every_period_rule_of_a_contract_exists(case):
    _, table = case
    rules = [*table.period.reads.values(), *(m.period for m in table.measures.values())]
    for rule in filter(None, rules):
        assert period_of(rule, "2024", "").kind is not None


@pytest.mark.parametrize("case", TABLES, ids=names)
def test_every_zero_is_a_symbol_of_the_key(case):
    publication, table = case
    assert set(table.zeros) <= set(publication.symbols | table.symbols)


@pytest.mark.parametrize("case", TABLES, ids=names)
def test_measures_of_a_table_have_names_of_their_own(case):
    _, table = case
    lasting = [measure.as_ or name for name, measure in table.measures.items()]
    assert len(set(lasting)) == len(lasting)
    written = [plain(n) for name, m in table.measures.items() for n in (name, *m.also)]
    assert len(set(written)) == len(written)


@pytest.mark.parametrize("case", TABLES, ids=names)
def test_units_are_those_that_readers_know(case):
    _, table = case
    units = {m.unit for m in table.measures.values()} | set(
        table.long.units.values() if table.long else ()
    )
    assert units <= {
        *("count", "pct", "points", "score", "weeks", "days", "quintile", "text", "code"),
        *("rate_per_100", "rate_per_100000"),
    }


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_contract_is_named_for_its_dataset_and_a_misspelt_key_is_refused(path):
    content = yaml.safe_load(path.read_text("utf-8"))
    assert content["dataset"] == path.stem
    with pytest.raises(ValidationError):
        Publication.model_validate(content | {"symbol": {}})
    with pytest.raises(ValidationError):
        Publication.model_validate(content | {"published": [], "rule": None, "dated_by": []})


def test_a_sum_of_columns_that_do_not_exist_is_refused():
    content = yaml.safe_load((FOLDER / "dfe_cme.yaml").read_text("utf-8"))
    content["tables"][0]["sums"] = [{"total": "child_count", "parts": ["boys", "girls"]}]
    with pytest.raises(ValidationError, match="boys"):
        Publication.model_validate(content)


@pytest.mark.parametrize(
    ("name", "year", "column", "is_same"),
    [
        ("review_meeting_{yy+1}", 2024, "review_meeting_25", True),
        ("review_meeting_{yy+1}", 2024, "review_meeting_24", False),
        ("review_meeting_{yy}", 2099, "review_meeting_99", True),
        ("review_meeting_{yy+1}", 2099, "review_meeting_00", True),
        ("review_decision_prior{yy}", None, "review_decision_prior31", True),
        ("review_expected_{yyyy}", 2025, "Review expected 2025", True),
        ("SICBL{nn}CD", 2024, "SICBL22CD", True),
        ("SICBL{nn}CD", 2024, "SICBL22CDH", False),
        ("In development: Rate", None, "in development rate", True),
        ("Sub-Type Code", None, "Sub-Type Code", True),
    ],
)
def test_a_column_name_may_carry_a_year(name, year, column, is_same):
    assert bool(column_pattern(name, year).fullmatch(plain(column))) == is_same


def test_an_authority_is_found_by_every_spelling_and_its_code_must_agree():
    assert authority("344", "Wirral").code == "E08000015"
    assert authority(None, "Durham").code == authority(None, "County Durham").code == "E06000047"
    assert authority("344", "Sefton").doubt == "its code 344 belongs to Wirral"
    assert authority("344", "Sefton").code == "E08000014"
    assert authority(None, "Atlantis").doubt == "an authority that is in no list"
    assert authority("980", "North East").level == "region"
    assert authority(None, "England Total").code == "E92000001"


@pytest.mark.parametrize(
    ("code", "name", "is_unlisted", "doubt"),
    [
        ("E06000099", "East Newshire", True, None),
        ("E06000099", "Wirral", True, None),
        ("E08000015", "Wirral", False, None),
        ("E06000060", "Buckinghamshire", False, None),
        ("E10000002", "Buckinghamshire", False, None),
        ("E06000060", "Wirral", False, "its code E06000060 belongs to Buckinghamshire"),
    ],
)
def test_an_authority_is_known_by_its_codes_of_all_times_and_any_other_code_is_told(
    code, name, is_unlisted, doubt
):
    level = {"geographic_level": "Local authority"}
    area = standard_area(level | {"new_la_code": code, "la_name": name})
    assert (unlisted(area) == "code", area.doubt, area.code) == (is_unlisted, doubt, code)


def test_codes_of_authorities_are_codes():
    rows = (FOLDER / "local_authorities.csv").read_text("utf-8").splitlines()[1:]
    assert len(rows) == 158
    assert all(re.match(r"\d{3},E\d{8},", row) for row in rows)
    assert len({row[:3] for row in rows}) == len(rows)
