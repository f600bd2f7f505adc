"""The LASP Performance Report: pages and a workbook, rendered from a release's tables alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from orchestration.publication.report.facts import Facts
from orchestration.publication.report.tables import Tables

__all__ = ["INDEX", "Facts", "Tables", "render"]

INDEX = "report/index.html"
"""The page that a reader opens first."""


def render(tables: Tables, facts: Facts) -> dict[str, bytes]:
    """Render every file of the report, by its name below the release's ``internal/``.

    The same tables and facts give the same bytes, on any machine and day: nothing else is read,
    and no library that draws is imported before the first call.

    Raises:
        Untraced: a page would show a number that does not say where it comes from.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from orchestration.publication.report import traced

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=traced.refuse_untraced,
        keep_trailing_newline=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    stated = partial(traced.stated, facts)
    page = environment.get_template("plain.html").render(facts=facts, stated=stated)
    return {INDEX: page.encode()}
