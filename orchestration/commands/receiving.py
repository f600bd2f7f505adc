"""Deliveries from the inbox to landing, and what became of each file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from itertools import count, groupby
from pathlib import Path

import click

from ingest.door.receive import Received, receive
from ingest.door.shown_names import shown_name
from ingest.store.ledger import Ledger
from ingest.store.submissions import accepted, has_received, recorded_fingerprint, submissions
from orchestration.commands.data_folder import locked, prepared_settings
from orchestration.commands.exits import FAILED, REFUSED, in_words, stop
from orchestration.lock import say_doing
from orchestration.progress import Progress
from orchestration.publication.release import explanation
from orchestration.run.lake_building import open_door
from orchestration.settings import Settings

_RECEIVED_AT_ONCE = 20
"""After so many deliveries a line says how many are left, where no bar does."""


@click.command("receive")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--go-back", is_flag=True, help="use a superseded file again")
@in_words
def receive_command(paths: tuple[Path, ...], go_back: bool) -> None:
    """Receive deliveries, by default from the inbox, and print one row for each file."""
    settings = prepared_settings()
    for path in paths:
        if not os.path.lexists(path):
            raise click.BadParameter(f"{shown_name(path)} does not exist")
    shown = Progress()
    with locked(settings, shown):
        received = take_deliveries(settings, shown, paths, is_going_back=go_back)
    if any(one.answer for one in received):
        sys.exit(REFUSED)


def take_deliveries(
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
        stop(f"Not received because of a fault of this machine: {', '.join(faults)}", FAILED)
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
            words = explanation.KNOWN_HOW
            how = words.get(submission.dated_by, words[submission.known_how])
            say(f"{'':16} counts as known from {submission.known_on}, {how}")
        elif one.answer:
            say(f"{'':16} answer: {one.answer}")
