"""The `lasp` command: one program, and its commands in `commands/`."""

import gc

import click

from orchestration.commands.accepting import accept_sender
from orchestration.commands.adding import contracts, new_feed
from orchestration.commands.checking import check
from orchestration.commands.demonstration import demo
from orchestration.commands.inspecting import inspection
from orchestration.commands.making_again import rebuild
from orchestration.commands.receiving import receive_command
from orchestration.commands.releases import (
    approve,
    compare,
    explain,
    releases,
    report,
    verify,
    withdraw,
)
from orchestration.commands.running import run
from orchestration.commands.services import daemon, ui
from orchestration.commands.serving_database import serve_database
from orchestration.commands.status import status

COMMANDS = (
    accept_sender,
    approve,
    check,
    compare,
    contracts,
    daemon,
    demo,
    explain,
    inspection,
    new_feed,
    rebuild,
    receive_command,
    releases,
    report,
    run,
    serve_database,
    status,
    ui,
    verify,
    withdraw,
)


@click.group(commands=COMMANDS)
def main() -> None:
    """From delivered files to a gated monthly release.

    LASP_HOME is the data folder (default ./var), LASP_PSEUDONYM_KEY_FILE the key.
    """
    # Python looks for cycles after 700 new objects, and dbt makes 600 for each node: a month spent
    # 6 CPU s on 5,800 looks, 4 of them on 14 through everything that Dagster and dbt have loaded.
    gc.set_threshold(20_000, 20, 20)


if __name__ == "__main__":
    main()
