"""What is typed after a command, read and refused in words."""

from __future__ import annotations

from datetime import date

import click

from ingest.contracts import load_contracts, local_feeds
from ingest.door.names import is_sender
from orchestration.commands.exits import in_words
from orchestration.months import parse_months

operator = click.option(
    "--by", default="", metavar="NAME", help="who makes it (default: LASP_OPERATOR, or the user)"
)
"""Who works: the ledger says so, and another person has to approve what is made."""


def months(_: click.Context, __: click.Parameter, text: str) -> list[str]:
    """A month or a range of months, as a list."""
    try:
        return parse_months(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def one_month(context: click.Context, parameter: click.Parameter, text: str) -> str:
    """One month and no range."""
    month, *others = months(context, parameter, text)
    if others:
        raise click.BadParameter(f"{text!r} is a range; give one month (YYYY-MM)")
    return month


def last_month(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    """One month, or none where the option is left out."""
    return one_month(context, parameter, text) if text else None


def sender(_: click.Context, __: click.Parameter, text: str) -> str:
    """The code of an organisation, which need not be known yet."""
    if not is_sender(text):
        raise click.BadParameter(f"{text!r} is not an ODS or GSS code in capital letters")
    return text


@in_words
def local_feed(_: click.Context, __: click.Parameter, text: str) -> str:
    """Not a `click.Choice`: a wrong contract would stop every command at its import."""
    feeds = sorted(local_feeds())
    if text not in feeds:
        raise click.BadParameter(f"there is no feed {text}; feeds are {', '.join(feeds)}")
    return text


@in_words
def feeds(_: click.Context, __: click.Parameter, text: str) -> list[str]:
    """Feed ids, as a list."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    known = sorted({contract.feed for contract in load_contracts()})
    if unknown := sorted(set(asked) - set(known)):
        raise click.BadParameter(
            f"there is no feed {', '.join(unknown)}; feeds are {', '.join(known)}"
        )
    return asked


def day(_: click.Context, __: click.Parameter, text: str | None) -> date | None:
    """A day, or none where the option is left out."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a date (YYYY-MM-DD)") from error
