"""The LASP Performance Report: pages and a workbook, rendered from a release's tables alone."""

from __future__ import annotations

from orchestration.publication.report.editions import INTERNAL, Edition, public
from orchestration.publication.report.facts import Facts
from orchestration.publication.report.tables import Tables

__all__ = ["INDEX", "QUALITY", "Edition", "Facts", "Tables", "public", "render"]

REQUIRED = ("indicators", "indicator_latest", "indicator_status", "parameters", "status_reasons")
"""Tables without which there is nothing to report; where another is absent its pages say so."""
INDEX = "report/index.html"
"""The page that a reader opens first."""
QUALITY = "report/data-quality.html"
"""The page of what came, what was found in it and what was corrected."""


def render(tables: Tables, facts: Facts, edition: Edition = INTERNAL) -> dict[str, bytes]:
    """Render every file of an edition of the report, by its name below the edition's folder.

    The same tables and facts give the same bytes, on any machine and day: nothing else is read,
    and no library that draws is imported before the first call.

    Raises:
        Untraced: a page would show a number that does not say where it comes from.
        ValueError: a required table is absent, or a reason for a gap that nothing explains.
    """
    from orchestration.publication.report import pages, workbook
    from orchestration.publication.report.measures import Measures

    if lacking := sorted(table for table in REQUIRED if table not in tables):
        raise ValueError(f"A report needs the table {lacking[0]}, which the release lacks.")
    measures = Measures(tables, facts, facts.partnership["local_area"], edition)
    made = {f"report/{name}": page for name, page in pages.render(measures).items()}
    return made if edition.is_public else {workbook.NAME: workbook.render(measures)} | made
