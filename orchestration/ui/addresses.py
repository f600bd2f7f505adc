"""Addresses of the pages to which runs link; they name no host or port, so any tunnel will do."""

from __future__ import annotations

PREFIX, RELEASES, DOCS, DATA_DOCS = "/warehouse", "/releases", "/dbt", "/gate"


def of_release(release_id: str, name: str) -> str:
    """Address of a file of a release's report, named as below ``internal/``."""
    return f"{PREFIX}{RELEASES}/{release_id}/{name}"


def of_data_docs(release_id: str) -> str:
    """Address of what the mart gate judged of a release."""
    return f"{PREFIX}{DATA_DOCS}/{release_id}.html"


def of_docs(sources: str, unique_id: str = "") -> str:
    """Address of dbt's pages of one content of the project, at one of its models or seeds."""
    kind = unique_id.partition(".")[0]
    return f"{PREFIX}{DOCS}/{sources}.html" + (f"#!/{kind}/{unique_id}" if unique_id else "")
