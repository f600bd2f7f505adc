"""What names somebody stays with the senders' own bytes, whatever is run and whatever fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from ingest.contracts import load_contracts, local_feeds
from orchestration.cli import main
from orchestration.run import transform
from tests.end_to_end import canaries, carriers
from tests.worlds.once import parsed_project

CELL = f"could not convert {carriers.NHS} of {carriers.WORD}"
FAILING = {
    "orchestration.assets.intake.receive": "inbox",
    "orchestration.assets.intake.submissions": "landing/ccis",
    "orchestration.assets.intake.build_lake": "lake/sen2_ehc",
    "orchestration.run.steps.judge_feeds": "lake/nd_pathway",
    "orchestration.run.steps.choose_deliveries": "lake/_run",
    "orchestration.run.transform.build": "staging/stg_ccis__young_people",
    "orchestration.run.steps.find_unusual": "lake/_findings",
    "orchestration.assets.release_steps.listed": "lake/_findings",
    "orchestration.run.steps.name_candidate": "candidate",
    "orchestration.run.steps.judge_marts": "candidate",
    "orchestration.run.steps.document_marts": "candidate",
    "orchestration.run.steps.release_request": "release/internal",
    "orchestration.assets.release_steps.publish": "release/internal",
}
"""The functions under every asset and check, and the asset whose step fails with each."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> tuple[Path, list[tuple[str, str]]]:
    """A data folder after everything that a user can do with it, and all that was said."""
    home = tmp_path_factory.mktemp("canary") / "var"
    carriers.write(home / "inbox")
    shutil.copytree(parsed_project(), home / "dbt")
    spare = carriers.spare(home.parent / "spare")
    said = []

    def lasp(*arguments: str) -> int:
        result = CliRunner().invoke(main, arguments, env={"LASP_HOME": str(home)})
        said.append((" ".join(arguments[:2]), result.output + repr(result.exception)))
        return result.exit_code

    assert lasp("check", str(spare)) == 3
    for feed in sorted(local_feeds()):
        accepted = ("--from", carriers.MONTH, "--by", "a test")
        assert lasp("accept-sender", feed, carriers.SENDER, *accepted) == 0, said[-1][1]
    for path in sorted((home / "inbox").iterdir()):
        lasp("check", str(path))
    assert lasp("receive") == 3
    assert lasp("run", "--month", carriers.MONTH) == 0, said[-1][1]
    for command in (["releases"], ["verify"], ["explain", "ehcp_total_n", "--month", "2025-03"]):
        assert lasp(*command) == 0, said[-1][1]
    (home / "inbox" / spare.name).write_bytes(spare.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LASP_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        for function, asset in FAILING.items():
            said.append((function, _fail_in(function, asset)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.door.judgement.open_delivery", _fail)
        assert lasp("receive") == 3  # a file that cannot be read is refused; the others go on
        patch.setattr("orchestration.publication.release.history.release", _fail)
        assert lasp("verify") == 1
    said.append(("dbt", _run_with_a_cell_that_dbt_cannot_cast(home)))
    return home, said


def _fail(*_: object, **__: object) -> None:
    """Fail as a library does: with the cell that it met."""
    raise ValueError(CELL)


def _fail_in(function: str, asset: str) -> str:
    """Materialise one asset, with its checks, while a function under it fails; what Dagster said.

    Raises:
        AssertionError: nothing failed, so that nothing was tried.
    """
    from orchestration.definitions import defs

    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.get() as instance:
        patch.setattr(function, _fail)
        result = defs.resolve_job_def("monthly_release").execute_in_process(
            partition_key=carriers.MONTH,
            instance=instance,
            asset_selection=[dg.AssetKey(asset.split("/"))],
            raise_on_error=False,
        )
        said += [str(event) for event in result.all_events]
    assert any("ValueError" in line for line in said), function
    return "\n".join(said)


def _run_with_a_cell_that_dbt_cannot_cast(home: Path) -> str:
    """Put words where a date belongs after the lake was checked: dbt's own error repeats them."""
    begin: Callable = transform.begin
    spoilt = list((home / "lake" / "cyp_mh").glob("period=2*/*/referrals.parquet"))

    def spoil(settings: object) -> None:
        begin(settings)
        for path in spoilt:
            table = pq.read_table(path)
            at = table.schema.names.index("referral_received_date")
            words = table.set_column(at, "referral_received_date", pa.array([CELL] * len(table)))
            pq.write_table(words, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "begin", spoil)
        arguments = ["run", "--month", carriers.MONTH, "--from-nothing"]
        result = CliRunner().invoke(main, arguments, env={"LASP_HOME": str(home)})
        assert result.exit_code == 1 and "dbt" in result.output, result.output
        # The spoilt table is the test's own doing: without it the lake is as the door left it.
        for path in spoilt:
            path.unlink()
        return result.output + repr(result.exception)


def test_the_carriers_reach_the_lake_in_every_feed(ran):
    home, _ = ran
    # A file of counts holds nobody, and is refused whole for one bad row: so are its carriers.
    people = {one.feed for one in load_contracts() if one.kind == "person"}
    for feed in people - {"cyp_mh"}:
        files = (home / "lake" / feed).glob("period=2*/*/*.parquet")
        assert sum(pq.read_metadata(path).num_rows for path in files) > 10, feed


def test_no_canary_is_found_outside_the_senders_own_bytes(ran):
    home, said = ran
    places = canaries.search(home, carriers.CANARIES, *said)
    assert {place.name: place.found for place in places if place.found} == {}
    print(f"{len(places)} places searched")
    assert len(places) > 500


def test_the_search_finds_a_canary_in_the_open_packed_and_in_a_table(tmp_path):
    (tmp_path / "run.log").write_text(f"row of {carriers.NHS}")
    pq.write_table(pa.table({"person": [carriers.UPN] * 9}), tmp_path / "rows.parquet")
    found = [place.name for place in canaries.search(tmp_path, carriers.CANARIES) if place.found]
    assert {"run.log", "rows.parquet (rows)"} <= set(found)
