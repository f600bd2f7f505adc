"""Which tests are slow: they come first, and `make test-fast` leaves them out. Common fixtures."""

import gc
from collections.abc import Iterator
from types import ModuleType

import pytest

from ingest.door import inbox
from tests.worlds import once

SLOW_FOLDERS = (
    "tests.end_to_end",
    "tests.definitions",  # importing Dagster takes 9 s, and again in the other worker
    "tests.gates",  # so does Great Expectations
    "tests.browser",  # opens every page of a report in Chromium, in four widths and two schemes
)
SLOW_TOOLS = (
    "tests.worlds.lakes",  # builds the dbt project
    "tests.worlds.releasing",  # makes releases
    "tests.worlds.postgres",  # starts a database server
    "expectations.candidate",  # judges every mart, a mutation at a time
    "tests.worlds.published",  # reads the official files
    "tests.worlds.report_world",  # draws the charts of a report
    "ingest.synthetic.monthly_files",  # invents months of every feed
)
"""A module that uses a function of one of these is slow; nobody has to say so."""
MAKERS = ("tests.end_to_end.test_inspection", "tests.figures.test_counted_complaints")
"""What these make others read: two months released, figures. Nobody waits if they come first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow and put it first: what is left fills the worker that is done earlier.

    Before it comes what makes that for which modules in the other worker would wait.
    """
    for item in items:
        if _is_slow(item.module):
            item.add_marker("slow")
    items.sort(key=lambda one: (one.module.__name__ not in MAKERS, "slow" not in one.keywords))


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not in what lives as long as the process: modules and tests."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    """Let them go at the end: DuckDB would print each of its own that is left as a leak."""
    gc.unfreeze()


def _is_slow(module: ModuleType) -> bool:
    uses = {
        value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        for value in vars(module).values()
    }
    return module.__name__.startswith(SLOW_FOLDERS) or not uses.isdisjoint(SLOW_TOOLS)


@pytest.fixture(scope="session", autouse=True)
def _shared_by_all_workers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    is_worker = hasattr(request.config, "workerinput")  # below the session's, one of its own
    once.keep_in(folder.parent if is_worker else folder)


@pytest.fixture
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what was just written without waiting a second for it to stand still."""
    monkeypatch.setattr(inbox, "_is_fresh", lambda seen: False)


@pytest.fixture(scope="module")
def quick_report() -> Iterator[None]:
    """Make the releases of a module with a report that takes no time to render."""
    from orchestration.publication import report
    from tests.worlds.releasing import small_report

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "render", small_report)
        yield
