"""Contracts of feeds and of the public tables, as the library of the standard reads them."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from open_data_contract_standard.model import OpenDataContractStandard

from ingest.contracts import load_contracts
from orchestration.commands.adding import contracts
from orchestration.publication.public import described, open_contract
from tests.worlds import public_release

SCHEMA = jsonschema.Draft201909Validator(json.loads(OpenDataContractStandard.json_schema()))


def faults(text: str) -> list[str]:
    """What the standard's schema finds, and what its model cannot read."""
    found = [error.message for error in SCHEMA.iter_errors(yaml.safe_load(text))]
    if not found:
        OpenDataContractStandard.from_string(text)
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, str]:
    """What ``lasp contracts --odcs`` writes, and the contract of a public release."""
    folder: Path = tmp_path_factory.mktemp("contracts")
    done = CliRunner().invoke(contracts, ["--odcs", str(folder)])
    assert done.exit_code == 0, done.output
    public = {open_contract.FILE: open_contract.render(public_release.FACTS).decode()}
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()} | public


def test_every_contract_is_one_of_the_standard(written):
    assert len(written) == sum(one.is_local for one in load_contracts()) + 1 > 30
    assert {name: found for name, text in written.items() if (found := faults(text))} == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: DataContract", "kind: Contract"),
        ("logicalType: date", "logicalType: day"),
        ("required: true", "required: always"),
        ("version: ", "edition: "),
        ("apiVersion: v3.1.0", "apiVersion: v3.9.9"),
    ],
)
@pytest.mark.parametrize("name", ["annual_reviews-2020-01.odcs.yaml", open_contract.FILE])
def test_a_contract_that_breaks_the_standard_is_found(written, name, old, new):
    assert old in written[name]
    assert faults(written[name].replace(old, new, 1))


def test_a_feeds_contract_says_what_its_columns_are(written):
    read = OpenDataContractStandard.from_string(written["annual_reviews-2020-01.odcs.yaml"])
    (table,) = read.schema_
    columns = {one.name: one for one in table.properties}
    assert (columns["review_id"].primaryKey, columns["review_id"].classification) == (
        True,
        "restricted",
    )
    assert columns["meeting_date"].logicalType == "date"
    assert "A" in {one.value for one in columns["decision"].enum}
    assert any(rule.description.startswith("AR1: ") for rule in table.quality)


def test_the_public_contract_has_every_column_of_every_public_table(written):
    read = OpenDataContractStandard.from_string(written[open_contract.FILE])
    assert read.version == "2025-12/r1"
    assert {one.name: tuple(each.name for each in one.properties) for one in read.schema_} == {
        table.file: table.names for table in described.tables()
    }
    assert "Demonstration: invented data" in read.description.purpose
