"""The pages of releases beside the UI: which there are, and what a page in them may do."""

import hashlib
import json
from pathlib import Path

import pytest
from starlette.applications import Starlette

from orchestration.publication.release import history
from orchestration.settings import Settings
from orchestration.ui import linked
from orchestration.ui.addresses import of_data_docs, of_docs, of_release
from tests.worlds.serving import ask, served

SOURCES = "5" * 64


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    release = home / "releases/2025-05/r1"
    files = {"report/index.html": b"<h1>Report</h1>", "report/data-quality.html": b"found"}
    for name, content in files.items():
        path = release / "internal" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    facts = {
        f"internal/{name}": {"table": None, "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    } | {"internal/areas.parquet": {"table": "areas", "sha256": ""}}
    (release / "internal/areas.parquet").write_bytes(b"rows")
    manifest = {"files": facts, "as_at": "2025-06-17"}
    (release / history.MANIFEST).write_text(json.dumps(manifest))
    (home / "dbt/docs").mkdir(parents=True)
    (home / "dbt/docs" / f"{SOURCES}.html").write_text("<script>1</script>")
    (home / "receipts/data_docs/2025-05").mkdir(parents=True)
    (home / "receipts/data_docs/2025-05/r1.html").write_text("<h1>Judged</h1>")
    (home / "pseudonym.key").write_text("key")
    return home


@pytest.fixture(scope="module")
def port(home):
    app = Starlette(routes=linked.routes(Settings(home, home / "pseudonym.key", 1)))
    with served(lambda _: app) as port:
        yield port


def test_a_report_is_shown_and_no_script_in_it_runs(port):
    answer, body = ask(port, path=of_release("2025-05/r1", "report/index.html"))
    assert (answer.status, body) == (200, "<h1>Report</h1>")
    policy = answer.getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "script" not in policy
    assert "forms" not in policy


def test_dbts_page_runs_its_scripts_in_an_origin_of_its_own(port):
    address = of_docs(SOURCES, "model.lasp.plans")
    assert address == f"/warehouse/dbt/{SOURCES}.html#!/model/model.lasp.plans"
    answer, body = ask(port, path=address.partition("#")[0])
    assert (answer.status, body) == (200, "<script>1</script>")
    policy = answer.getheader("Content-Security-Policy")
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy  # hence no connect-src: it can call nothing


def test_what_the_gate_judged_is_shown_and_no_script_in_it_runs(port):
    answer, body = ask(port, path=of_data_docs("2025-05/r1"))
    assert (answer.status, body) == (200, "<h1>Judged</h1>")
    assert "default-src 'none'" in answer.getheader("Content-Security-Policy")
    assert "script" not in answer.getheader("Content-Security-Policy")


@pytest.mark.parametrize(
    "path",
    [
        of_release("2025-05/r2", "report/index.html"),
        of_release("2025-05/r1", "areas.parquet"),
        of_release("2025-05/r1", "report/../../../../../pseudonym.key"),
        of_release("2025-05/r1", "..%2f..%2f..%2f..%2fpseudonym.key"),
        of_release("..%2f..", "pseudonym.key"),
        of_data_docs("2025-05/r2"),
        of_data_docs("..%2f..%2f../pseudonym.key"),
        of_docs("6" * 64),
        of_docs("..%2f..%2fpseudonym"),
    ],
)
def test_nothing_else_of_the_data_folder_is_shown(port, path):
    answer, body = ask(port, path=path)
    assert answer.status == 404
    assert body != "key"


def test_an_altered_page_is_not_shown(home, port):
    page = home / "releases/2025-05/r1/internal/report/data-quality.html"
    page.write_text("other")
    answer, body = ask(port, path=of_release("2025-05/r1", "report/index.html"))
    page.write_text("found")
    assert answer.status == 404
    assert "is not what was released" in body


def test_the_pages_are_only_read(port):
    assert ask(port, "POST", of_release("2025-05/r1", "report/index.html"))[0].status == 405


def test_the_first_page_lists_the_releases(port):
    _, body = ask(port, path="/warehouse/")
    assert 'href="/warehouse/releases/2025-05/r1/report/index.html"' in body
    assert "as at 2025-06-17" in body
