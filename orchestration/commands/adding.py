"""What follows from contracts, and the skeleton of a new feed."""

from __future__ import annotations

import click

from ingest.contracts import load_contracts, policy
from ingest.contracts.synthetic import load_declared
from orchestration.authoring.generated_files import write_following_files
from orchestration.authoring.new_feed import write_skeleton
from orchestration.commands.exits import in_words
from orchestration.settings import DBT_PROJECT


@click.command()
@in_words
def contracts() -> None:
    """Read all contracts, and write what follows from them and the measures in dbt_project.

    What is invented for the demonstration is read beside them.
    """
    policy()
    load_declared()
    feeds = {contract.feed for contract in load_contracts()}
    written = write_following_files(DBT_PROJECT)
    click.echo(f"{len(feeds)} feeds and publications; no mistake in their contracts.")
    click.echo(f"Written in dbt_project: {', '.join(written)}" if written else "nothing to write")


@click.command("new-feed")
@click.argument("name")
@click.option("--table", required=True, help="what a row of its file is: orders")
@click.option("--key", required=True, help="the column that names a row: order_id")
@in_words
def new_feed(name: str, table: str, key: str) -> None:
    """Write the skeleton of a feed: contract, samples, invented deliveries, measures, tests."""
    written = write_skeleton(name, table, key)
    load_contracts.cache_clear()
    written += [f"dbt_project/{place}" for place in write_following_files(DBT_PROJECT)]
    click.echo("\n".join(written))
    click.echo("Each is a draft that passes the tests. What to do with them: docs/adding-a-feed.md")
