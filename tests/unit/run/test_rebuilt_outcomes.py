"""What is said of a release that was made again."""

import pytest

from orchestration.publication.release import history
from orchestration.run import rebuilding
from tests.worlds import releasing
from tests.worlds.releasing import changed_tables, released

pytestmark = pytest.mark.usefixtures("quick_report")


def _pair(folder, tables=None):
    released(folder / "then")
    released(folder / "now", tables)
    return (history.release(folder / name) for name in ("then", "now"))


def test_the_same_bytes_are_equal(tmp_path):
    outcome = rebuilding.compared(*_pair(tmp_path))
    assert outcome.kind == rebuilding.EQUAL and "byte for byte" in outcome.words


def test_a_file_that_differs_is_named(tmp_path):
    outcome = rebuilding.compared(*_pair(tmp_path, changed_tables()))
    assert outcome.kind == rebuilding.OTHER
    assert "internal/quality_findings.parquet" in outcome.files
    assert "internal/waiting_list.parquet" not in outcome.files


def test_an_altered_release_is_not_what_comes_out_of_landing(tmp_path):
    then, now = _pair(tmp_path)
    page = then.path / "internal/report/index.html"
    page.chmod(0o640)
    page.write_text("all is well")
    outcome = rebuilding.compared(then, now)
    assert outcome.files == ["internal/report/index.html"]
    assert "lasp verify 2025-05/r1" in outcome.words


@pytest.mark.parametrize(
    ("tables", "kind"), [(None, rebuilding.SAME_CONTENT), (changed_tables, rebuilding.OTHER)]
)
def test_of_another_version_of_the_code_only_the_content_of_tables_is_compared(
    tmp_path, monkeypatch, tables, kind
):
    with monkeypatch.context() as patch:
        patch.setattr(releasing, "code_version", lambda: "0.0.9+earlier")
        then, now = _pair(tmp_path, tables and tables())
    outcome = rebuilding.compared(then, now)
    assert outcome.kind == kind and "0.0.9+earlier" in outcome.words
    assert ("quality_findings" in outcome.files) == (kind == rebuilding.OTHER)
