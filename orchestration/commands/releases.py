"""Releases listed, opened, compared, verified, explained and withdrawn."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import chain

import click

from ingest.store.ledger import Ledger
from orchestration.commands import options
from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import FAILED, REFUSED, USAGE, in_words, stop
from orchestration.commands.serving_database import let_database_follow
from orchestration.progress import Progress
from orchestration.publication.release import (
    approvals,
    differences,
    explanation,
    history,
    listing,
    verification,
)
from orchestration.publication.release.publishing import point_current
from orchestration.publication.release.withdrawals import WITHDRAWN, withdrawn
from orchestration.settings import has_display, one_line


@click.command()
@in_words
def releases() -> None:
    """List the releases, newest first: which are public, and what each corrected."""
    for line in listing.lines(prepared_settings().home):
        click.echo(line)


@click.command()
@click.argument("release")
@click.option("--reason", required=True)
@in_words
def withdraw(release: str, reason: str) -> None:
    """Take a release back: the one before it becomes current, the record stays."""
    settings = prepared_settings()
    with locked(settings, Progress()):
        record = history.release(settings.home, release)
        ledger = Ledger(settings.home)
        reasons = withdrawn(ledger)
        if record.release_id not in reasons:
            body, now = {"release_id": record.release_id, "reason": reason}, datetime.now(UTC)
            ledger.refuse_earlier(now)
            ledger.append(WITHDRAWN, body, now)
        # Also where it was withdrawn before: a kill may have come between ledger and links.
        current = point_current(settings.home, withdrawn(ledger))
        seen = approvals.point_public(settings.home)
        click.echo(f"withdrawn: {record.release_id}; current: {current or 'none'}")
        click.echo(f"public: {seen or 'none'}; whoever has the withdrawn public files keeps them")
        let_database_follow(settings)
        if why := reasons.get(record.release_id):
            stop(f"{record.release_id} is withdrawn already: {why}", USAGE)


@click.command()
@click.argument("release")
@click.option("--by", required=True, metavar="NAME", help="who approves it: not who made it")
@in_words
def approve(release: str, by: str) -> None:
    """Let everybody see the public part of a release: a second person looks at it first."""
    settings = prepared_settings()
    try:
        with locked(settings, Progress()):
            record = approvals.approve(settings.home, release, by, datetime.now(UTC))
            seen = (settings.home / "releases" / approvals.CURRENT).readlink()
            click.echo(f"approved: {record.release_id} by {one_line(by)}; public: {seen}")
            let_database_follow(settings)
    except approvals.NotApproved as refused:
        stop(str(refused), REFUSED)


_KINDS = {".html": "page", ".xlsx": "workbook"}  # what a report is made of, by its endings


@click.command()
@click.argument("release", required=False)
@in_words
def report(release: str | None) -> None:
    """Open the report of a release (default: the current one), and name its files.

    Over SSH, or without a display, the files are named only.
    """
    settings = prepared_settings()
    record = history.release(settings.home, release)
    first, *others = record.report_files()
    click.echo(f"report: {first}")
    for path in others:
        click.echo(f"{_KINDS[path.suffix]}: {path}")
    if note := record.manifest["note"]:
        click.echo(note)
    if reason := withdrawn(Ledger(settings.home)).get(record.release_id):
        click.echo(f"{record.release_id} was withdrawn: {reason}")
    if has_display() and click.launch(str(first)):
        stop("No program was found that opens pages: open the path in a browser.", FAILED)


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--all", "is_all", is_flag=True, help="a line for every figure, however many")
@in_words
def compare(first: str, second: str, is_all: bool) -> None:
    """Sum up how two releases differ, then show the figures, the local headline ones first."""
    home = prepared_settings().home
    found = differences.compare(home, first, second)
    path = home / "releases" / second / "internal" / "restatements.parquet"
    shown = None if is_all else differences.SHOWN
    for line in differences.told(found, first, second, shown, path):
        click.echo(line)


@click.command()
@click.argument("release", required=False)
@in_words
def verify(release: str | None) -> None:
    """Check again every checksum, receipt and rendering of a release (default: the current one).

    Before that: the ledger, what landed, and the pseudonym key.
    """
    settings = prepared_settings()
    home = settings.home
    shown, results = Progress(), []
    with shown.bar("verifying") as move:
        move("the ledger, what landed and the key", 0, 0)
        kept = verification.verify_custody(home, settings.key_file)
        found = verification.verifying(home, release, withdrawn=withdrawn(Ledger(home)))
        for one in chain(kept, found):
            results.append(one)
            shown.say(f"{'ok  ' if one.ok else 'BAD '} {one.file}  {one.words}")
            move(one.file, 0, 0)
    if not all(one.ok for one in results):
        sys.exit(FAILED)


@click.command()
@click.argument("indicator", required=False)
@click.option(
    "--month", callback=options.last_month, help="month in which the period ends, YYYY-MM"
)
@click.option("--area", help="code of the area; by default the local one")
@click.option("--basis", type=click.Choice(["local", "published"]))
@click.option("--period", help="kind of period that ends in the month, such as rolling_12m")
@in_words
def explain(
    indicator: str | None,
    month: str | None,
    area: str | None,
    basis: str | None,
    period: str | None,
) -> None:
    """Say where a figure comes from, down to the delivered files; alone, list the indicators."""
    if indicator is None:
        for name, title in explanation.indicators(prepared_settings().home):
            click.echo(f"{name:36} {title}")
        return
    if month is None:
        raise click.UsageError(f"--month is missing: `lasp explain {indicator} --month YYYY-MM`")
    told = explanation.explain(
        prepared_settings().home, indicator, month, area=area, basis=basis, period=period
    )
    click.echo(told)
