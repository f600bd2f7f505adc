"""Data Docs of a release: one page of what the mart gate judged, rendered by Great Expectations.

The page has rules, outcomes and numbers of failing rows, and no cell of any table. It runs no
script, loads nothing and repeats no time of day, so the same receipts give the same page.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from expectations.candidate import Judged
from expectations.gate import rendered


def page(release_id: str, judged: Iterable[Judged]) -> bytes:
    """Render the page of a release; of a refused release too, up to what was judged."""
    sections = list(judged)
    listed = "".join(
        f'<li><a href="#{_anchor(one)}">{escape(one.name)}</a>: {_outcome(one)}</li>'
        for one in sections
    )
    tables = "".join(
        f'<h2 id="{_anchor(one)}">{escape(one.name)}</h2>'
        f"<p>{one.rows:,} rows: {_outcome(one)}</p>{rendered(one.results, one.rows)}"
        for one in sections
    )
    title = f"What the mart gate judged: the candidate for {escape(release_id)}"
    return _PAGE.format(title=title, listed=listed, tables=tables).encode()


def _anchor(judged: Judged) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in judged.name)


def _outcome(judged: Judged) -> str:
    failed = sum(not result.passed for _, result in judged.results)
    return f"{len(judged.results)} rules judged, {failed} broken."


# Great Expectations marks an outcome by a class of an icon font, which is not loaded.
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-top: 1px solid #bbb; padding: .3rem .6rem }}
td, th {{ text-align: left; vertical-align: top }}
pre {{ background: #f3f3f3; font-size: 12px; padding: .4rem; white-space: pre-wrap }}
.badge {{ background: #e4e4e4; padding: 0 .25rem }}
.fa-check-circle::before {{ color: #156f3b; content: "passed"; font-style: normal }}
.fa-times::before {{ color: #b00020; content: "failed"; font-style: normal; font-weight: bold }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>Each file was judged by its own rules, and the tables by rules that compare them. The
judgement is bound to the sha256 of the files. No cell of a table stands on this page.</p>
<ul>{listed}</ul>
{tables}
</body>
</html>
"""
