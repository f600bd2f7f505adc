"""The UI that operators work in: a small data folder, the command that serves it, its pages."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

JOB = "/locations/__repository__@orchestration.definitions/jobs/monthly_release"
START_SECONDS, RUN_SECONDS = 90, 300


@contextmanager
def operated(home: Path, port: int) -> Iterator[str]:
    """Serve the UI as on a terminal; gives the address that it prints, with the token."""
    ours, theirs = pty.openpty()
    program = [Path(sys.executable).with_name("lasp"), "ui", "--operate", "--port", str(port)]
    environment = os.environ | {"LASP_HOME": str(home)}
    with (home / "ui.log").open("w") as log:
        server = subprocess.Popen(program, env=environment, stdout=theirs, stderr=log)
        try:
            said = ""
            while not (found := re.search(r"http://\S+token=\S+", said)):
                said += os.read(ours, 4096).decode()
            yield found.group()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(START_SECONDS)
            os.close(ours)
            os.close(theirs)


def ask(page: Page, query: str) -> dict:
    """Ask GraphQL from the page, as Dagster's own pages do."""
    return page.evaluate(
        """query => fetch("/graphql", {method: "POST", body: JSON.stringify({query}),
        headers: {"content-type": "application/json"}}).then(r => r.json())""",
        query,
    )["data"]


def wait_until_loaded(page: Page) -> None:
    """Wait for the code location, which loads while the page is open already."""
    query = """{ repositoryOrError(repositorySelector: {repositoryName: "__repository__",
      repositoryLocationName: "orchestration.definitions"}) { __typename } }"""
    until = time.monotonic() + START_SECONDS
    while ask(page, query)["repositoryOrError"]["__typename"] != "Repository":
        assert time.monotonic() < until, "the code location did not load"
        page.wait_for_timeout(300)


def runs(page: Page) -> list[dict]:
    """Runs of the monthly job that no timetable asked for, the newest first."""
    query = """{ runsOrError(filter: {pipelineName: "monthly_release"}) { ... on Runs {
      results { runId status tags { key } } } } }"""
    found = ask(page, query)["runsOrError"]["results"]
    by_schedule = {"key": "dagster/schedule_name"}
    return [run for run in found if by_schedule not in run["tags"]]


def wait_for_runs(page: Page, count: int) -> list[dict]:
    """Wait until ``count`` runs have ended, all well."""
    until = time.monotonic() + RUN_SECONDS * count
    while time.monotonic() < until:
        found = runs(page)
        assert "FAILURE" not in {run["status"] for run in found}, found
        if [run["status"] for run in found].count("SUCCESS") == count:
            return found
        page.wait_for_timeout(1000)
    raise AssertionError(f"{count} runs did not end: {runs(page)}")


def findings_check(page: Page) -> dict:
    """Give the newest outcome of the check of findings."""
    query = """{ assetChecksOrError: assetNodeOrError(assetKey: {path: ["lake", "_findings"]}) {
      ... on AssetNode { assetChecksOrError { ... on AssetChecks { checks { name
        executionForLatestMaterialization { evaluation { success description } } } } } } } }"""
    checks = ask(page, query)["assetChecksOrError"]["assetChecksOrError"]["checks"]
    (found,) = [check for check in checks if check["name"] == "findings_gate"]
    return found["executionForLatestMaterialization"]["evaluation"]


def materialise(page: Page, address: str, months: str) -> None:
    """Materialise months of the job as a person does: button, months, launch."""
    page.goto(f"{address}{JOB}")
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox").first
    field.fill(months)
    field.press("Enter")
    page.wait_for_timeout(2000)  # the dialog counts the months before it can launch them
    name = "Launch backfill" if "..." in months else "Launch 1 run"
    dialog.get_by_role("button", name=name).click()
    dialog.wait_for(state="hidden", timeout=START_SECONDS * 1000)
