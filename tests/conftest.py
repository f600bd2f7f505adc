"""Which tests are slow: they come first, and `make test-fast` leaves them out. A common fixture."""

import os
from collections.abc import Iterator
from types import ModuleType

import pytest

from ingest import inbox

SLOW_FOLDERS = ("tests.end_to_end",)
SLOW_TOOLS = (
    "tests.lakes",  # builds the dbt project
    "tests.releasing",  # judges a whole candidate
    "tests.published",  # reads the official files
    "ingest.synthetic.deliveries",  # invents months of every feed
)
"""A module that uses a function of one of these is slow; nobody has to say so."""
FAST = "not soak and not slow"
"""What `make test-fast` selects."""
SECONDS = 20.0
"""Most CPU time of a test in `make test-fast`, its fixtures counted: five times the slowest."""
_begun = pytest.StashKey[float]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow and put it first: what is left fills the worker that is done earlier."""
    for item in items:
        if _is_slow(item.module):
            item.add_marker("slow")
    items.sort(key=lambda item: "slow" not in item.keywords)


def _is_slow(module: ModuleType) -> bool:
    uses = {
        value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        for value in vars(module).values()
    }
    return module.__name__.startswith(SLOW_FOLDERS) or not uses.isdisjoint(SLOW_TOOLS)


def _cpu_seconds() -> float:
    """Of this process and of those that it waited for."""
    return sum(os.times()[:4])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    item.stash[_begun] = _cpu_seconds()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that became slow unnoticed, where only fast ones are wanted."""
    yield
    spent = _cpu_seconds() - item.stash[_begun]
    if item.config.option.markexpr == FAST and spent > SECONDS:
        pytest.fail(f"took {spent:.0f} s of CPU time: put `pytestmark = pytest.mark.slow` above it")


@pytest.fixture
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what was just written without waiting a second for it to stand still."""
    monkeypatch.setattr(inbox, "_is_fresh", lambda seen: False)
