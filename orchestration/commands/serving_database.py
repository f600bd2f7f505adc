"""The serving database, brought to the releases that stand."""

from __future__ import annotations

import click

from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import USAGE, in_words, stop
from orchestration.progress import Progress
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

    Whoever moves a link holds the data folder and calls this last.

    Raises:
        NotServed: what was done in the data folder stands.
    """
    if address := serving_address():
        from orchestration.publication.serving.following import follow  # DuckDB costs a second

        click.echo(str(follow(settings.home, address)))
