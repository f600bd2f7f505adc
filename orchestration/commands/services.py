"""What runs until it is stopped: the daemon and the UI."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from orchestration.commands.data_folder import prepared_settings
from orchestration.commands.exits import in_words
from orchestration.lock import become_daemon
from orchestration.settings import channels, serving_address


@click.command()
@in_words
def daemon() -> None:
    """Run the timetable: take deliveries, release the months that are owed, send alerts.

    Until it is stopped (SIGTERM or Ctrl-C: exit status 0). It needs no terminal and says what it
    does on standard error; one daemon a data folder.
    """
    settings = prepared_settings()
    for setting in (channels, serving_address):  # a wrong one is said now, not when it is used
        setting()
    from orchestration.instance import open_instance
    from orchestration.run.transform import ensure_manifest

    become_daemon(settings.home)
    ensure_manifest(settings)
    open_instance().dispose()
    program = str(Path(sys.executable).with_name("dagster-daemon"))
    # Its own INFO is three lines each half minute that nothing has come.
    quiet = ["--log-level", "warning", "--code-server-log-level", "error"]
    os.execv(program, [program, "run", "-m", "orchestration.definitions", *quiet])


@click.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--operate", is_flag=True, help="let it change things: materialise, re-run, backfill")
@in_words
def ui(port: int, operate: bool) -> None:
    """Open the Dagster UI on 127.0.0.1, to look; with --operate, to work in it.

    With --operate it opens only with the address that is printed here, and a daemon runs beside
    it. On a server, open it through a tunnel: ssh -L 3000:127.0.0.1:3000 SERVER.
    """
    settings = prepared_settings()
    from orchestration.ui.server import serve  # costs seconds, like Dagster

    serve(settings, port, is_operating=operate, tell=click.echo)
