"""Programs that read CSV on the Web and Data Packages find every public table as described."""

import json

import pytest
from csvw import CSVW
from frictionless import Package, system, validate

from orchestration.publication.public import Before, described
from orchestration.publication.report.words import UNIT_WORDS
from tests.worlds import public_release


@pytest.fixture
def folder(tmp_path):
    """Release after another one in which two figures were others."""
    earlier = public_release.figures()
    earlier[1] |= {"numerator": 53, "value": 53.0}
    before = public_release.write(
        tmp_path / "before", tables=public_release.rows() | {"indicator_values": earlier}
    )
    return public_release.write(tmp_path / "now", Before("2025-11/r1", before, frozenset()))


def of_csvw(folder, table):
    """What is wrong by a reader that follows the test suite of the W3C, and by its vocabulary."""
    place = folder / f"{table}-metadata.json"
    if wrong := list(_unknown(json.loads(place.read_text("utf-8")))):
        return wrong
    try:
        read = CSVW(str(place), validate=True)
        return [] if read.is_valid else [str(warning.message) for warning in read.warnings]
    except ValueError as error:  # of a key that stands twice, of a list that has no such column
        return [str(error)]


# The terms of https://www.w3.org/ns/csvw that this metadata uses, each where the W3C allows it, and
# prefixes of its context. The reader passes over terms and types that it does not know.
_TERMS = {
    "table": {"@context", "url", "dialect", "tableSchema"},
    "schema": {"columns", "primaryKey"},
    "column": {"name", "titles", "required", "datatype"},
    "datatype": {"base", "format", "minimum"},
    "dialect": {"encoding", "lineTerminators", "header"},
}
_TYPES = {"string", "number", "integer", "boolean", "date"}


def _unknown(table):
    schema = table["tableSchema"]
    types = [column["datatype"] for column in schema["columns"]]
    types = [{"base": one} if isinstance(one, str) else one for one in types]
    parts = [("table", table), ("schema", schema), ("dialect", table["dialect"])]
    parts += [("column", one) for one in schema["columns"]] + [("datatype", one) for one in types]
    for kind, part in parts:
        for term in {one for one in part if not one.startswith("dc:")} - _TERMS[kind]:
            yield f"{term} is no term of a {kind}"
    yield from (f"{one['base']} is no type" for one in types if one["base"] not in _TYPES)
    if table["@context"][0] != "http://www.w3.org/ns/csvw":
        yield "not the context of the W3C"
    names = {column["name"] for column in schema["columns"]}
    yield from (f"{name} is no column" for name in schema["primaryKey"] if name not in names)


def of_data_package(folder):
    with system.use_context(trusted=True):
        report = validate(str(folder / "datapackage.json"))
    return [message for _, message in report.flatten(["type", "message"])]


def spoil(path, old, new):
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


FILES = [table.file for table in described.tables()]


@pytest.mark.parametrize("table", FILES)
def test_every_table_is_as_csv_on_the_web_describes_it(folder, table):
    assert (folder / table).read_bytes().count(b"\r\n") > 1
    assert of_csvw(folder, table) == []


def test_the_package_describes_every_file_with_its_rows_and_checksum(folder):
    assert of_data_package(folder) == []
    package = Package(str(folder / "datapackage.json"))
    assert package.to_descriptor()["version"] == "2025-12/r1"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    about = {f"{table}-metadata.json" for table in FILES}
    about |= {"datapackage.json", "indicators.odcs.yaml"}
    assert {resource.path for resource in package.resources} == there - about


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2025-12-31", "31/12/2025"),
        (",*,", ",q,"),
        (",71,", ",many,"),
        ("false", "no"),
        (",published,", ",posted,"),
    ],
)
def test_a_cell_that_is_not_as_described_is_found(folder, old, new):
    spoil(folder / "indicators.csv", old, new)
    assert of_csvw(folder, "indicators.csv")
    assert of_data_package(folder)


def test_a_figure_that_stands_twice_is_found(folder):
    path = folder / "indicators.csv"
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[1])
    assert of_csvw(folder, "indicators.csv")
    assert of_data_package(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"base": "number"', '"base": "numbr"'),
        ('"primaryKey": [', '"primaryKey": ["nobody", '),
        ('"titles"', '"titel"'),
        ("http://www.w3.org/ns/csvw", "http://www.w3.org/ns/scv"),
    ],
)
def test_csv_on_the_web_that_says_what_no_reader_knows_is_found(folder, old, new):
    spoil(folder / "indicators.csv-metadata.json", old, new)
    assert of_csvw(folder, "indicators.csv")


@pytest.mark.parametrize(
    ("old", "new"), [('"type": "date"', '"type": "day"'), ('"hash": "sha256:', '"hash": "sha256:0')]
)
def test_a_package_that_is_wrong_is_found(folder, old, new):
    spoil(folder / "datapackage.json", old, new)
    assert of_data_package(folder)


def test_every_column_says_what_it_is_and_every_unit_has_its_words():
    for table in described.tables():
        assert all(column.description.endswith(".") for column in table.columns)
    unit = next(one for one in described.table("indicators.csv").columns if one.name == "unit")
    assert set(unit.one_of) == set(UNIT_WORDS)


def test_invented_figures_say_so_wherever_a_program_looks(folder):
    for name in ("indicators.csv-metadata.json", "datapackage.json"):
        assert "Demonstration: invented data" in (folder / name).read_text("utf-8")
