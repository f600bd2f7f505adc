"""One delivery validated without keeping it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from ingest.door.answers import answer_of, write_answer
from ingest.door.custody import check_custody
from ingest.door.judgement import judged, stumbled
from ingest.door.senders import Held
from ingest.door.sets import gathered
from ingest.door.shown_names import shown_name, shown_names
from ingest.refusals import Refused
from ingest.store.lake import lake_tables
from ingest.store.ledger import Ledger
from ingest.store.pseudonyms import KEY_BYTES, Pseudonyms
from ingest.typed.examined import Examined
from orchestration.commands.data_folder import prepared_settings
from orchestration.commands.exits import REFUSED, in_words


@click.command()
@click.argument("path", type=click.Path(exists=True, readable=False, path_type=Path))
@in_words
def check(path: Path) -> None:
    """Validate one delivery without keeping it, and write the answer for its sender.

    Of a set, PATH is any of its files.
    """
    settings = prepared_settings()
    if not (gathering := gathered([path])):
        raise click.BadParameter(f"{shown_name(path)} is a manifest; name its delivery")
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
