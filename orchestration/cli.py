"""The `lasp` command. Exit status: 0 done, 1 failed, 2 wrong usage, 3 refused."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from functools import wraps
from itertools import chain, count, groupby
from pathlib import Path
from typing import Any

import click
import pandas as pd

from ingest.contracts import load_contracts, local_feeds, policy
from ingest.door.answers import answer_of, write_answer
from ingest.door.custody import check_custody, refuse_lost_ledger
from ingest.door.inbox import held_deliveries, held_folder
from ingest.door.judgement import judged, stumbled
from ingest.door.names import is_sender
from ingest.door.receive import Received, receive
from ingest.door.senders import SENDER_ACCEPTED, Held
from ingest.door.sets import gathered
from ingest.door.shown_names import shown_name, shown_names
from ingest.refusals import InWords, Refused
from ingest.store.lake import lake_tables
from ingest.store.ledger import Ledger
from ingest.store.pseudonyms import KEY_BYTES, Pseudonyms
from ingest.store.submissions import accepted, has_received, recorded_fingerprint, submissions
from ingest.typed.examined import Examined
from orchestration.authoring.generated_files import write_following_files
from orchestration.authoring.new_feed import write_skeleton
from orchestration.commands import standing
from orchestration.lock import (
    become_daemon,
    has_daemon,
    in_use_by,
    say_doing,
    warehouse_lock,
)
from orchestration.months import FIRST_MONTH, last_day, parse_months
from orchestration.own_words import unexpected
from orchestration.progress import Progress
from orchestration.publication.release import explanation as explaining
from orchestration.publication.release import history, verification
from orchestration.publication.release.publishing import point_current
from orchestration.publication.release.withdrawals import WITHDRAWN, withdrawn
from orchestration.publication.report import LOCAL_AREA
from orchestration.run.lake_building import open_door
from orchestration.settings import (
    DBT_PROJECT,
    Settings,
    WrongSettings,
    channels,
    from_environment,
    has_display,
    prepare,
)
from orchestration.timetable.alerts import outstanding

FAILED, USAGE, REFUSED = 1, 2, 3
SHOWN_ALERTS = 3  # in `lasp status`, which is one screen


def _settings() -> Settings:
    settings = from_environment()
    prepare(settings)
    return settings


@contextmanager
def _locked(settings: Settings, shown: Progress) -> Iterator[None]:
    """Hold the warehouse under the name of the command as it was typed."""
    with ExitStack() as stack:
        with shown.waiting() as tell:
            stack.enter_context(warehouse_lock(settings.home, tell, command=_as_typed()))
        yield


def _as_typed() -> str:
    """The command for those who wait for it; a delivered file's name may hold a person's."""
    typed = [shown_name(Path(one)) if os.path.lexists(one) else one for one in sys.argv[1:]]
    return " ".join(["lasp", *typed])


def _in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Say an expected error in its own words, and of any other its kind and place alone."""

    @wraps(command)
    def said(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (WrongSettings, history.WrongRelease, explaining.NoSuchFigure) as error:
            _stop(str(error), USAGE)
        except InWords as error:
            _stop(str(error), FAILED)
        except (click.ClickException, BrokenPipeError):  # `lasp status | head`: click ends quietly
            raise
        except Exception as error:
            _stop(str(unexpected(error)), FAILED)

    return said


def _stop(words: str, status: int) -> None:
    click.echo(words, err=True)
    sys.exit(status)


def _months(_: click.Context, __: click.Parameter, text: str) -> list[str]:
    try:
        return parse_months(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _one_month(context: click.Context, parameter: click.Parameter, text: str) -> str:
    month, *others = _months(context, parameter, text)
    if others:
        raise click.BadParameter(f"{text!r} is a range; give one month (YYYY-MM)")
    return month


def _last_month(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    return _one_month(context, parameter, text) if text else None


def _sender(_: click.Context, __: click.Parameter, text: str) -> str:
    if not is_sender(text):
        raise click.BadParameter(f"{text!r} is no ODS or GSS code in capital letters")
    return text


@_in_words
def _local_feed(_: click.Context, __: click.Parameter, text: str) -> str:
    """Not a `click.Choice`: a wrong contract would stop every command at its import."""
    feeds = sorted(local_feeds())
    if text not in feeds:
        raise click.BadParameter(f"there is no feed {text}; feeds are {', '.join(feeds)}")
    return text


@_in_words
def _feeds(_: click.Context, __: click.Parameter, text: str) -> list[str]:
    """Feed ids, as a list."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    known = sorted({contract.feed for contract in load_contracts()})
    if unknown := sorted(set(asked) - set(known)):
        raise click.BadParameter(
            f"there is no feed {', '.join(unknown)}; feeds are {', '.join(known)}"
        )
    return asked


def _day(_: click.Context, __: click.Parameter, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no date (YYYY-MM-DD)") from error


@click.group()
def main() -> None:
    """From delivered files to a gated monthly release.

    LASP_HOME is the data folder (default ./var), LASP_PSEUDONYM_KEY_FILE the key.
    """


@main.command()
@_in_words
def contracts() -> None:
    """Read all contracts, and write what follows from them and the measures in dbt_project."""
    policy()
    feeds = {contract.feed for contract in load_contracts()}
    written = write_following_files(DBT_PROJECT)
    click.echo(f"{len(feeds)} feeds and publications; no mistake in their contracts.")
    click.echo(f"Written in dbt_project: {', '.join(written)}" if written else "nothing to write")


@main.command("new-feed")
@click.argument("name")
@click.option("--table", required=True, help="what a row of its file is: orders")
@click.option("--key", required=True, help="the column that names a row: order_id")
@_in_words
def new_feed(name: str, table: str, key: str) -> None:
    """Write the skeleton of a feed: contract, samples, staging, measures, indicators, tests."""
    written = write_skeleton(name, table, key)
    load_contracts.cache_clear()
    written += [f"dbt_project/{place}" for place in write_following_files(DBT_PROJECT)]
    click.echo("\n".join(written))
    click.echo("Each is a draft that passes the tests. What to do with them: docs/adding-a-feed.md")


@main.command()
@click.option("--months", required=True, callback=_months, help="2024-09..2025-10, or one month")
@click.option("--seed", default=2024, show_default=True, help="same seed, same bytes")
@click.option("--areas", default=1, show_default=True, type=click.IntRange(1, 152))
@click.option(
    "--defects",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 0.5),
    help="share of all rows that carry one planted defect each: 0.01 spoils 1 row in 100, which "
    "every file survives; above 0.02 (and 50 rows) the door refuses whole files",
)
@click.option("--feeds", default="", callback=_feeds, metavar="FEED,...", help="default: all local")
@_in_words
def demo(months: list[str], seed: int, areas: int, defects: float, feeds: list[str]) -> None:
    """Write synthetic deliveries into the inbox, in the real exchange formats."""
    from ingest.synthetic.monthly_files import write_deliveries

    settings = _settings()
    if any(s.is_synthetic is False for s in accepted(submissions(Ledger(settings.home)))):
        _stop(
            f"{settings.home} holds real deliveries; invented ones need a folder of their own.",
            REFUSED,
        )
    only = {"feeds": feeds} if feeds else {}
    shown = Progress()
    with shown.bar("writing") as move:
        begun = count(1)
        key = write_deliveries(
            settings.home / "inbox", months, seed=seed, areas=areas, defects=defects, **only,
            watch=lambda area, month: move(
                f"area {area}, {month}", next(begun) - 1, areas * len(months)
            ),
        )  # fmt: skip
    for line in _planted(settings.home, key, defects):
        shown.say(line)
    shown.say(
        f"Demonstration: invented data for {months[0]} to {months[-1]} in {settings.home / 'inbox'}"
    )


_BECOMES = {
    "quarantine": "set aside by row, the rest of the file is used",
    "discard": "discarded as repeated rows",
    "warning": "used as they are, and told to the sender",
    "none": "used: the door reads over them",
}
"""What becomes of a row with a planted defect, by ``expected_outcome`` of the key."""


def _planted(home: Path, key: pd.DataFrame, share: float) -> Iterator[str]:
    """Say what was planted and what becomes of it, and list it."""
    if not len(key):
        return
    path = home / "planted_defects.csv"
    key.to_csv(path, index=False, lineterminator="\n")
    yield f"Planted: one defect in {share:.2%} of the rows, {len(key):,} rows touched; {path}"
    for outcome, rows in key["expected_outcome"].value_counts().items():
        yield f"{'':9}{rows:,} {_BECOMES[outcome]}"
    limits = policy()
    yield (
        f"{'':9}A file is refused whole (R-BAD) above {limits.quarantine_rows} rows and "
        f"{limits.quarantine_share:.0%} set aside; no planted defect waits for a later gate."
    )


_RECEIVED_AT_ONCE = 20
"""After so many deliveries a line says how many are left, where no bar does."""


@main.command("receive")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--go-back", is_flag=True, help="let bytes that were superseded stand again")
@_in_words
def receive_command(paths: tuple[Path, ...], go_back: bool) -> None:
    """Take deliveries (default: the inbox) into landing; a row a file."""
    settings = _settings()
    for path in paths:
        if not os.path.lexists(path):
            raise click.BadParameter(f"{shown_name(path)} does not exist")
    shown = Progress()
    with _locked(settings, shown):
        received = _receive(settings, shown, paths, is_going_back=go_back)
    if any(one.answer for one in received):
        sys.exit(REFUSED)


def _receive(
    settings: Settings, shown: Progress, paths: Sequence[Path] = (), *, is_going_back: bool = False
) -> list[Received]:
    """Receive and show what became of each file; stop where the machine is at fault."""
    door = open_door(settings, is_going_back=is_going_back)
    is_adopting = has_received(door.ledger) and not recorded_fingerprint(door.ledger)
    with shown.bar("receiving") as move:
        say_doing(settings.home, "receiving deliveries")
        done = count()

        def watch(rows: list[Received], left: int) -> None:
            _show(door.ledger, rows, shown.say)
            number = next(done) + 1
            if number % _RECEIVED_AT_ONCE == 0 and left:
                shown.step(f"received so far: {number} of {number + left} deliveries")
            move(rows[-1].file, number, number + left)

        received = receive(door, paths, watch)
    if not received:
        shown.say("nothing to receive")
    if is_adopting and (fingerprint := recorded_fingerprint(door.ledger)):
        shown.say(
            f"{door.ledger.path} did not say which pseudonym key it goes with; from now on it says "
            f"{fingerprint}, the fingerprint of {settings.key_file}"
        )
    if faults := [one.file for one in received if one.is_fault]:
        _stop(f"Not received, by a fault of this machine: {', '.join(faults)}", FAILED)
    return received


def _show(ledger: Ledger, received: Sequence[Received], say: Callable[[str], None]) -> None:
    """A row a file; below each delivery why, and its day of knowledge or where its answer lies."""
    for _, files in groupby(received, lambda one: (one.submission_id, one.answer, one.why)):
        for one in files:
            place = " ".join(part for part in (one.feed, one.sender, one.period) if part)
            hashed = f"sha256 {one.sha256}" if one.sha256 else ""
            told = (one.file, place, one.submission_id, hashed)
            say(f"{one.outcome:16} {'  '.join(filter(None, told))}")
        say(f"{'':16} {one.why}")
        if one.outcome == "accepted":
            known = {s.submission_id: s for s in accepted(submissions(ledger))}
            submission = known[one.submission_id]
            words = explaining.KNOWN_HOW
            how = words.get(submission.dated_by, words[submission.known_how])
            say(f"{'':16} counts as known from {submission.known_on}, {how}")
        elif one.answer:
            say(f"{'':16} answer: {one.answer}")


@main.command("accept-sender")
@click.argument("feed", callback=_local_feed)
@click.argument("sender", callback=_sender)
@click.option("--from", "first", required=True, callback=_one_month, help="first month, YYYY-MM")
@click.option("--to", "last", callback=_last_month, help="last month, YYYY-MM; default: open")
@click.option("--by", required=True, help="who says so; kept in the ledger")
@_in_words
def accept_sender(feed: str, sender: str, first: str, last: str | None, by: str) -> None:
    """Let SENDER send FEED from now on: the next `lasp receive` takes what was held of it.

    Of several acceptances of a feed and sender the last counts. Who sends which feed for everybody
    stands in ingest/contracts/domains/senders.csv.
    """
    settings = _settings()
    if last and last < first:
        raise click.UsageError(f"--to {last} lies before --from {first}")
    if not by.strip():
        raise click.UsageError("--by is blank: say who accepts the sender")
    with _locked(settings, Progress()):
        body = {
            "feed": feed, "sender": sender, "first_month": first, "last_month": last, "by": by
        }  # fmt: skip
        ledger, now = Ledger(settings.home), datetime.now(UTC)
        refuse_lost_ledger(settings.home, ledger)
        ledger.refuse_earlier(now)
        ledger.append(SENDER_ACCEPTED, body, now)
        folders = {
            held_folder(settings.home, one.submission_id)
            for one in submissions(ledger)
            if (one.feed, one.sender, one.outcome) == (feed, sender, "held")
            and first <= one.period <= (last or one.period)
        }
        held = [files for folder in folders for files in held_deliveries(folder)]
    click.echo(
        f"accepted: {sender} sends {feed} from {first}{f' to {last}' if last else ' on'}; "
        f"held deliveries that the next `lasp receive` takes: {len(held)}"
    )


@main.command()
@click.argument("path", type=click.Path(exists=True, readable=False, path_type=Path))
@_in_words
def check(path: Path) -> None:
    """Validate one delivery without keeping it, and write the answer for its sender.

    Of a set, PATH is any of its files.
    """
    settings = _settings()
    if not (gathering := gathered([path])):
        raise click.BadParameter(f"{shown_name(path)} is a manifest; name what it belongs to")
    (paths,) = gathering
    ledger, now = Ledger(settings.home), datetime.now(UTC)
    check_custody(settings.home, settings.key_file, ledger)
    ledger.refuse_earlier(now)
    delivery, outcome = judged(paths, ledger, now)
    if isinstance(outcome, Examined):
        try:
            for _ in lake_tables(outcome, Pseudonyms(bytes(KEY_BYTES))):  # as landing types them
                pass
        except Exception as error:
            outcome = stumbled(error, paths)
    answer = answer_of(outcome, delivery, shown_names(paths))
    target = settings.home / "answers" / "checked" / f"{shown_names(paths)}.answer.csv"
    write_answer(settings.home, {"sender": ""}, answer, beside=target)
    became = next(
        word
        for kind, word in ((Held, "held"), (Refused, "refused"), (Examined, "accepted"))
        if isinstance(outcome, kind)
    )
    names = [file.shown_name for file in delivery.files] if delivery else map(shown_name, paths)
    for name in names:
        click.echo(f"would be {became}: {name}")
    if isinstance(outcome, Refused):
        click.echo(f"{outcome}\nanswer: {target}")
        sys.exit(REFUSED)
    click.echo(
        f"{outcome.contract.feed} {outcome.sender} {outcome.period}: "
        f"{outcome.kept} of {outcome.count('landed')} rows kept, "
        f"{outcome.count('quarantined')} set aside, {len(answer)} lines in the answer\n"
        f"answer: {target}"
    )


@main.command()
@click.option("--month", "--months", "months", required=True, callback=_months)
@click.option("--as-at", callback=_day, help="knowledge date, YYYY-MM-DD")
@click.option(
    "--require",
    default="",
    callback=_feeds,
    metavar="FEED,...",
    help="feeds without which nothing is released",
)
@_in_words
def run(months: list[str], as_at: date | None, require: list[str]) -> None:
    """Receive the inbox, then make each month's release through Dagster, in this process."""
    if months[0] < FIRST_MONTH or last_day(months[-1]) >= datetime.now(UTC).date():
        raise click.UsageError(
            f"A month can be released from {FIRST_MONTH} on, once it has ended; asked were "
            f"{months[0]} to {months[-1]}."
        )
    early = next((month for month in months if as_at and as_at < last_day(month)), None)
    if early:
        raise click.UsageError(
            f"--as-at {as_at} lies before the end of {early}: a month is released as it was known "
            f"on its last day ({last_day(early)}) or later."
        )
    settings = _settings()
    shown = Progress()
    with _locked(settings, shown):
        _receive(settings, shown)
        with shown.bar("loading Dagster and dbt"):  # costs seconds; the door has been passed
            from orchestration.commands.monthly_run import run_months
        status = run_months(settings, months, as_at, require, shown)
    sys.exit(status)


@main.command()
@click.option("--on", "day", callback=_day, help="the day to look at, YYYY-MM-DD; default: today")
@_in_words
def status(day: date | None) -> None:
    """Show on one screen which release stands, what has come, what is late and what waits."""
    settings = _settings()
    now = datetime.now(UTC)
    today = day or now.date()
    also = [
        f"Alert not sent: {one.what}{f' ({one.trouble})' if one.trouble else ''}"
        for one in outstanding(settings.home, now)
    ]
    if len(also) > SHOWN_ALERTS:
        also[SHOWN_ALERTS:] = [f"and {len(also) - SHOWN_ALERTS} more in {settings.home / 'alerts'}"]
    also += [f"In use by {holder}"] if (holder := in_use_by(settings.home)) else []
    if not has_daemon(settings.home):
        also.append("No daemon runs here: nothing is taken or released by itself (`lasp daemon`)")
    taken_back = withdrawn(Ledger(settings.home))
    for line in standing.of(settings.home, today, taken_back, also):
        click.echo(line)


@main.command()
@_in_words
def releases() -> None:
    """List the releases, newest first."""
    settings = _settings()
    reasons = withdrawn(Ledger(settings.home))
    for record in history.releases(settings.home, reasons):
        facts = record.manifest
        kind = "provisional" if facts["is_provisional"] else "final"
        note = f"  {facts['note']}" if facts["note"] else ""
        gone = f"  withdrawn: {reasons[record.release_id]}" if record.is_withdrawn else ""
        click.echo(f"{record.release_id:14} as at {facts['as_at']}  {kind:11}{note}{gone}")


@main.command()
@click.argument("release")
@click.option("--reason", required=True)
@_in_words
def withdraw(release: str, reason: str) -> None:
    """Take a release back: the one before it becomes current, the record stays."""
    settings = _settings()
    with _locked(settings, Progress()):
        record = history.release(settings.home, release)
        ledger = Ledger(settings.home)
        if record.release_id in (reasons := withdrawn(ledger)):
            why = reasons[record.release_id]
            _stop(f"{record.release_id} is withdrawn already: {why}", USAGE)
        body, now = {"release_id": record.release_id, "reason": reason}, datetime.now(UTC)
        ledger.refuse_earlier(now)
        ledger.append(WITHDRAWN, body, now)
        current = point_current(settings.home, withdrawn(ledger))
    click.echo(f"withdrawn: {record.release_id}; current: {current or 'none'}")


_KINDS = {".html": "page", ".xlsx": "workbook"}  # what a report is made of, by its endings


@main.command()
@click.argument("release", required=False)
@_in_words
def report(release: str | None) -> None:
    """Open the report of a release (default: the current one), and name its files.

    Over SSH, or without a display, the files are named only.
    """
    settings = _settings()
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
        _stop("No program was found that opens pages: open the path in a browser.", FAILED)


@main.command()
@click.argument("first")
@click.argument("second")
@click.option("--all", "is_all", is_flag=True, help="a line for every figure, however many")
@_in_words
def compare(first: str, second: str, is_all: bool) -> None:
    """Sum up how two releases differ, then show the figures, Wirral's headline ones first."""
    home = _settings().home
    differences = history.compare(home, first, second)
    path = home / "releases" / second / "internal" / "restatements.parquet"
    shown = None if is_all else history.SHOWN
    for line in history.told(differences, first, second, shown, path):
        click.echo(line)


@main.command()
@click.argument("release", required=False)
@_in_words
def verify(release: str | None) -> None:
    """Check again every checksum, receipt and rendering of a release (default: the current one).

    Before that: the ledger, what landed, and the pseudonym key.
    """
    settings = _settings()
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


@main.command()
@click.argument("indicator", required=False)
@click.option("--month", callback=_last_month, help="month in which the period ends, YYYY-MM")
@click.option("--area", default=LOCAL_AREA, show_default=True)
@click.option("--basis", type=click.Choice(["local", "published"]))
@click.option("--period", help="kind of period that ends in the month, such as rolling_12m")
@_in_words
def explain(
    indicator: str | None, month: str | None, area: str, basis: str | None, period: str | None
) -> None:
    """Say where a figure comes from, down to the delivered files; alone, list the indicators."""
    if indicator is None:
        for name, title in explaining.indicators(_settings().home):
            click.echo(f"{name:36} {title}")
        return
    if month is None:
        raise click.UsageError(f"--month is missing: `lasp explain {indicator} --month YYYY-MM`")
    told = explaining.explain(
        _settings().home, indicator, month, area=area, basis=basis, period=period
    )
    click.echo(told)


@main.command()
@_in_words
def daemon() -> None:
    """Run the timetable: take deliveries, release the months that are owed, send alerts.

    Until it is stopped (SIGTERM or Ctrl-C: exit status 0). It needs no terminal and says what it
    does on standard error; one daemon a data folder.
    """
    settings = _settings()
    channels()  # wrong ones are said now and not when something has failed
    from orchestration.instance import open_instance
    from orchestration.run.transform import ensure_manifest

    become_daemon(settings.home)
    ensure_manifest(settings)
    open_instance().dispose()
    program = str(Path(sys.executable).with_name("dagster-daemon"))
    # Its own INFO is three lines each half minute that nothing has come.
    quiet = ["--log-level", "warning", "--code-server-log-level", "error"]
    os.execv(program, [program, "run", "-m", "orchestration.definitions", *quiet])


@main.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--operate", is_flag=True, help="let it change things: materialise, re-run, backfill")
@_in_words
def ui(port: int, operate: bool) -> None:
    """Open the Dagster UI on 127.0.0.1, to look; with --operate, to work in it.

    With --operate it opens only with the address that is printed here, and a daemon runs beside
    it. On a server, open it through a tunnel: ssh -L 3000:127.0.0.1:3000 SERVER.
    """
    settings = _settings()
    from orchestration.ui.server import serve  # costs seconds, like Dagster

    serve(settings, port, is_operating=operate, tell=click.echo)


if __name__ == "__main__":
    main()
