"""Pages to which runs link: the releases' reports, what was found and judged, dbt's own pages.

What a page may do is said in its headers. A report runs no script, nor does a page of the gate.
dbt's page does, so it has an origin of its own, without the operator's cookie: it can call nothing
of this server.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from ingest.refusals import InWords
from orchestration.settings import Settings
from orchestration.ui.addresses import DATA_DOCS, DOCS, PREFIX, RELEASES, of_release
from orchestration.ui.guard import page_of

_REPORT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "sandbox allow-same-origin allow-popups allow-downloads"
)
_DOCS = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; sandbox allow-scripts allow-popups allow-downloads"
)


def routes(settings: Settings) -> list[BaseRoute]:
    """Routes of the pages; what is not there is said in words, with status 404."""

    def releases(_: Request) -> Response:
        return page_of("Releases of this warehouse", _listed(settings.home), status=200)

    def released(request: Request) -> Response:
        asked = request.path_params
        release_id = f"{asked['month']}/{asked['revision']}"
        try:
            path = _released(settings.home, release_id, asked["name"])
        except InWords as error:
            return page_of("There is no such page", _paragraph(str(error)), status=404)
        return _served(path, _REPORT)

    def documented(request: Request) -> Response:
        sources = request.path_params["sources"]
        pages = {path.stem: path for path in settings.dbt_docs.glob("*.html")}
        if sources not in pages:
            return page_of("There is no such page", _paragraph(_NO_DOCS), status=404)
        return _served(pages[sources], _DOCS)

    def judged(request: Request) -> Response:
        asked = "{month}/{revision}.html".format(**request.path_params)
        folder = settings.data_docs
        pages = {path.relative_to(folder).as_posix(): path for path in folder.glob("*/*.html")}
        if asked not in pages:
            return page_of("There is no such page", _paragraph(_NOT_JUDGED), status=404)
        return _served(pages[asked], _REPORT)

    return [
        Mount(
            PREFIX,
            routes=[
                Route("/", releases),
                Route(f"{RELEASES}/{{month}}/{{revision}}/{{name:path}}", released),
                Route(f"{DOCS}/{{sources}}.html", documented),
                Route(f"{DATA_DOCS}/{{month}}/{{revision}}.html", judged),
            ],
        )
    ]


_NOT_JUDGED = (
    "This data folder holds no page of what the mart gate judged of that release. The page is "
    "written when the gate judges; materialise the month again."
)
_NO_DOCS = (
    "dbt's pages of that run are not in this data folder. They are written when the dbt project is "
    "parsed; a later run of the month links to its own."
)


def _released(home: Path, release_id: str, name: str) -> Path:
    """Give a file of a release's report, as the release names it and with the bytes it names.

    Raises UnknownRelease, NoReport or ReleaseDamaged, or NoPage for another name.
    """
    from orchestration.publication.release import history  # costs pandas: not before a page

    record = history.release(home, release_id)
    files = {
        file.relative_to(record.path / "internal").as_posix(): file
        for file in record.report_files()
    }
    if name not in files:
        raise NoPage(f"The report of {release_id} has no page of that name.")
    return files[name]


class NoPage(InWords):
    """A name that no file of the report has."""


def _listed(home: Path) -> str:
    from ingest.store.ledger import Ledger
    from orchestration.publication import report
    from orchestration.publication.release import history
    from orchestration.publication.release.withdrawals import withdrawn

    lines = []
    for record in history.releases(home, withdrawn(Ledger(home))):
        if record.first_page:
            address = of_release(record.release_id, report.INDEX)
            gone = ", withdrawn" if record.is_withdrawn else ""
            known = f"as at {escape(record.manifest['as_at'])}{gone}"
            lines.append(f'<li><a href="{address}">{record.release_id}</a> {known}</li>')
    return f"<ul>{''.join(lines)}</ul>" if lines else _paragraph("None yet: materialise a month.")


def _paragraph(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _served(path: Path, policy: str) -> Response:
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return FileResponse(path, headers=headers)
