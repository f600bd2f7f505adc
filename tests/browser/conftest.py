"""One Chromium a session, and the folder of pages that it opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium, specimen


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium.on_path()
    if executable is None:
        pytest.skip(chromium.ABSENT)
    with chromium.launched(executable) as browser:
        yield browser


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/browser --report var/demo/releases/current/internal/report` opens a release."""
    parser.addoption("--report", type=Path, help="open the pages of this folder")


@pytest.fixture(scope="session")
def report_folder(request, tmp_path_factory) -> Path:
    if given := request.config.getoption("--report", None):
        return given
    folder = tmp_path_factory.mktemp("report")
    specimen.write(folder)
    return folder


@pytest.fixture(scope="session")
def pages(report_folder) -> list[Path]:
    found = sorted(report_folder.glob("*.html"))
    assert found, f"no page lies in {report_folder}"
    return found
