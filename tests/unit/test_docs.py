"""README.md and docs/: nothing that they name is missing, and what they must name is there."""

import re
from functools import cache
from pathlib import Path

import click
import pytest

from orchestration.cli import main
from orchestration.settings import PROJECT

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
COMMANDS = main.commands


@cache
def text_of(name: str) -> str:
    return (PROJECT / name).read_text("utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


@pytest.fixture(params=PAGES, ids=name_of)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def links(page: Path) -> list[str]:
    """Relative links, of pictures too."""
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    return [link for link in found if "://" not in link]


def code(page: Path) -> list[str]:
    """What stands in single backticks, then the lines of blocks of code without their comments."""
    outside, blocks = [], []
    for number, part in enumerate(page.read_text("utf-8").split("```")):
        (blocks if number % 2 else outside).append(part)
    spans = re.findall(r"`([^`]+)`", "\n".join(outside))
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    return [" ".join(span.split()) for span in spans] + lines


def anchors(page: Path) -> set[str]:
    """Headings as they are linked to: small letters, hyphens for blanks, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def options(command: click.Command) -> list[str]:
    return [name for one in command.params if isinstance(one, click.Option) for name in one.opts]


def calls(page: Path) -> list[tuple[str, list[str]]]:
    """Commands of `lasp` that a page names, each with the options beside it."""
    found = [re.search(r"\blasp ([a-z][a-z-]+)(.*)", text) for text in code(page)]
    return [(call[1], re.findall(r"(?<!\S)--[a-z-]+", call[2])) for call in found if call]


def test_the_readme_can_be_read_in_three_minutes():
    assert len(text_of("README.md").split()) <= 750


def test_every_page_can_be_reached_from_the_readme():
    linked = {(PROJECT / link).resolve() for link in links(PROJECT / "README.md")}
    assert set(PAGES[1:]) <= linked


def test_every_link_leads_to_a_file_and_a_heading(page):
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_with_all_its_options_in_one_row_of_the_list(command):
    rows = [row for row in text_of("docs/commands.md").splitlines() if row.startswith("| `")]
    row = next((row for row in rows if re.match(rf"\| `{command}[ `]", row)), "")
    assert row, f"docs/commands.md has no row for {command}"
    for option in options(COMMANDS[command]):
        assert re.search(rf"{option}(?![a-z-])", row), option


def test_every_command_and_option_that_is_named_exists(page):
    for command, named in calls(page):
        assert command in COMMANDS, command
        assert set(named) <= set(options(COMMANDS[command])), command


def test_every_target_of_make_that_is_named_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = [re.match(r"(?:sudo )?make ([a-z-]+)", text) for text in code(page)]
    assert {call[1] for call in named if call} <= targets


def test_every_path_of_the_repository_that_is_named_exists(page):
    """A part in angle brackets stands for any name."""
    own = (path for path in PROJECT.iterdir() if path.is_dir() and path.name[0] != ".")
    rooms = [path.name for path in own if path.name != "var"]  # data, where something has run
    named = re.compile(rf"(?<![\w/.])(?:{'|'.join(rooms)})/[\w/.<>*-]*|\bint_[\w<>]+")
    for path in (found for text in code(page) for found in named.findall(text)):
        pattern = re.sub(r"<[^>]*>", "*", path)
        if path.startswith("int_"):
            pattern = f"dbt_project/models/**/{pattern}.sql"
        assert any(PROJECT.glob(pattern.rstrip("/"))), path


def test_every_setting_is_explained_to_whoever_runs_the_warehouse():
    asked = r"(?:environ\.get|_secret)\(\s*\"(LASP_\w+)\""
    read = re.findall(asked, text_of("orchestration/settings.py"))
    assert read
    explained = re.findall(r"LASP_\w+", text_of("docs/deploy.md") + text_of("docs/operating.md"))
    assert set(read) <= set(explained)
