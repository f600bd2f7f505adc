"""What a table promises of its rows: every kind is held; what breaks it is named and counted."""

import shutil
from typing import Any

import duckdb
import pytest

from orchestration.publication.release.publishing import ReleaseRefused
from orchestration.run import transform
from tests.worlds.lakes import PROJECT

pytestmark = pytest.mark.slow  # dbt builds a project

PROMISES = {
    "unique_on": ["place", "day"],
    "also_unique_on": ["number"],
    "never_null": ["kind", "day"],
    "one_of": {"kind": ["a", "it's b"], "size": ["s", "m"]},
    "at_least": {"amount": 1},
    "at_most": {"amount": 3},
}
SOUND = (
    "place,day,number,kind,size,amount",
    "p,2025-01-01,1,a,s,1",  # a limit is allowed
    "p,2025-01-02,2,it's b,m,3",
    "q,2025-01-01,3,a,,",  # null is none of the values, and beyond no limit
)
BROKEN = {
    "p,2025-01-02,4,a,s,1": {"unique_on place, day": 2},
    ",2025-01-02,4,a,s,1": {"unique_on place, day": 1},
    "q,2025-01-02,3,a,s,1": {"also_unique_on number": 2},
    "q,2025-01-02,,a,s,1": {"also_unique_on number": 1},
    "q,2025-01-02,4,,s,1": {"never_null kind": 1},
    "q,2025-01-02,4,b,s,1": {"one_of kind": 1},
    "q,2025-01-02,4,a,l,1": {"one_of size": 1},
    "q,2025-01-02,4,a,s,0": {"at_least amount": 1},
    "q,2025-01-02,4,a,s,4": {"at_most amount": 1},
    "secret,,4,b,s,9": {
        "unique_on place, day": 1, "never_null day": 1, "one_of kind": 1, "at_most amount": 1,
    },
}  # fmt: skip
"""A row that comes to the sound ones, and which promises are then broken, by how many rows."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run's half reports of each table of a small project, by name, and its data folder."""
    project, home = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("home")
    shutil.copy(PROJECT / "profiles.yml", project)
    for name in ("tests/generic/is_as_promised.sql", "macros/promises.sql"):
        (project / name).parent.mkdir(parents=True)
        shutil.copy(PROJECT / name, project / name)
    (project / "dbt_project.yml").write_text("{name: lasp, version: '1.0', profile: lasp}")
    (project / "selectors.yml").write_text("selectors: [{name: all, definition: '*'}]")
    (project / "seeds").mkdir()
    tables = {"sound": ((), PROMISES), "misspelt": ((), {"never_nul": ["kind"]})}
    tables |= {f"broken_{n}": ((row,), PROMISES) for n, row in enumerate(BROKEN)}
    seeds = []
    for name, (rows, promises) in tables.items():
        (project / f"seeds/{name}.csv").write_text("\n".join([*SOUND, *rows]) + "\n")
        test = {"is_as_promised": {"config": {"meta": promises}}}
        types = {"number": "varchar", "amount": "integer", "day": "date"}
        seeds.append({"name": name, "config": {"column_types": types}, "data_tests": [test]})
    (project / "seeds/_seeds.yml").write_text(str({"seeds": seeds}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LASP_HOME", str(home))
        patch.setenv("DBT_TARGET_PATH", str(home / "dbt/target"))
        patch.setenv("DBT_LOG_PATH", str(home / "dbt/logs"))
        patch.setattr(transform, "DBT_PROJECT", project)
        nodes = transform.build("all")
    told = {
        node["unique_id"].split("is_as_promised_")[1].rpartition("_.")[0]: node
        for node in nodes
        if node["unique_id"].startswith("test.")
    }
    assert set(told) == set(tables)
    return told | {"home": home}


def test_rows_that_keep_every_promise_pass(built):
    assert (built["sound"]["status"], built["sound"]["broken"]) == ("pass", [])
    transform.require_success([built["sound"]])


@pytest.mark.parametrize(("number", "promises"), [*enumerate(BROKEN.values())], ids=BROKEN)
def test_what_breaks_a_promise_is_named_counted_and_stops_the_release(built, number, promises):
    node = built[f"broken_{number}"]
    assert {one["promise"]: one["rows"] for one in node["broken"]} == promises
    assert {one["table"] for one in node["broken"]} == {f"broken_{number}"}
    assert node["failures"] == sum(promises.values())
    with pytest.raises(ReleaseRefused, match=f"^{len(promises)} promise.* broken_{number}: "):
        transform.require_success([built["sound"], node])


def test_a_broken_promise_is_reported_without_a_value_and_its_rows_can_be_read(built):
    node = built[f"broken_{len(BROKEN) - 1}"]
    assert "secret" not in str(node)
    with duckdb.connect(built["home"] / "warehouse.duckdb", read_only=True) as connection:
        for one in node["broken"]:
            assert "secret" in str(connection.sql(one["reading"]).fetchall())


def test_what_no_table_can_promise_is_an_error(built):
    assert built["misspelt"]["status"] == "error"
    with pytest.raises(transform.TransformFailed, match="is_as_promised_misspelt"):
        transform.require_success([built["misspelt"]])
