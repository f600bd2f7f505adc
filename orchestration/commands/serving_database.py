"""The serving database, brought to the releases that stand."""

from __future__ import annotations

import click

from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import FAILED, USAGE, in_words, stop
from orchestration.progress import Progress
from orchestration.publication.serving import last_known
from orchestration.settings import Settings, serving_address


@click.command("serve-database")
@in_words
def serve_database() -> None:
    """Let the PostgreSQL of LASP_SERVING_URL show the current release and the public one."""
    settings = prepared_settings()
    if not serving_address():
        stop("LASP_SERVING_URL or LASP_SERVING_URL_FILE names the database: set one.", USAGE)
    with locked(settings, Progress()):
        let_database_follow(settings)


def let_database_follow(settings: Settings) -> None:
    """Bring the database, where there is one, to what the links of the data folder show.

    Whoever moves a link holds the data folder and calls this last. Where the database is at fault
    the command ends with 1, and what was done in the data folder stands.
    """
    address = serving_address()
    if not address:
        return
    from orchestration.publication.serving.connection import NotServed  # with DuckDB half a second
    from orchestration.publication.serving.following import follow

    try:
        click.echo(str(follow(settings.home, address)))
    except NotServed:
        stop(str(last_known.standing(settings.home)), FAILED)
