"""One Chromium a session, and the folder of pages that it opens."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium, specimen
from tests.worlds import public_world, report_world


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
    parser.addoption("--pictures", type=Path, help="keep pictures of the UI in this folder")


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


@pytest.fixture(scope="session")
def every_page(pages, request, tmp_path_factory) -> list[Path]:
    """The pages and, unless a folder was given, both reports of a small release with every case."""
    if request.config.getoption("--report", None):
        return pages
    folder = tmp_path_factory.mktemp("world")
    made = report_world.render(folder, report_world.world())
    for name, page in made.items():
        (folder / name).write_text(page, "utf-8")
    everybody = tmp_path_factory.mktemp("public")
    for name, data in public_world.made_of(
        everybody / "tables", public_world.world()
    ).files.items():
        (everybody / name).parent.mkdir(exist_ok=True)
        (everybody / name).write_bytes(data)
    found = (sorted(one.glob("*.html")) for one in (folder, everybody / "report"))
    return [*pages, *chain.from_iterable(found)]
