"""The skeleton of a feed: every file that a new one needs, small, marked as a draft, and right.

It is written from the templates beside this file.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from string import Template

from ingest.contracts import load_contracts
from ingest.refusals import InWords
from orchestration.settings import PROJECT

_TEMPLATES = Path(__file__).parent / "skeleton"
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 30
_WHOLE = {
    "contract.yaml": "ingest/contracts/${feed}.yaml",
    "synthetic.yaml": "ingest/contracts/synthetic/${feed}.yaml",
    "staging.sql": "dbt_project/models/staging/stg_${feed}__${table}.sql",
    "measures.sql": "dbt_project/macros/measures/${feed}.sql",
    "cases.sql": "dbt_project/models/count/cases/int_${feed}_cases__measured.sql",
    "unit_tests.yml": (
        "dbt_project/models/count/cases/int_${feed}_cases__measured__unit_tests.yml"
    ),
}
"""Where each template becomes a file of its own."""
_ADDED = {
    "staging.yml": "dbt_project/models/staging/_staging__models.yml",
    "models.yml": "dbt_project/models/count/cases/_cases__models.yml",
}
"""Where each template is added at the end."""
_SAMPLES = "ingest/contracts/samples/${feed}__${name}.csv"
_SPOILT = {
    "bad__key_twice": ("D002,", "D001,"),
    "bad__ended_before_received": (",2025-02-03,2025-03-03,", ",2025-02-03,2025-02-02,"),
    "bad__unknown_code": (",accepted,2,", ",declined,2,"),
}
"""What each bad sample says instead of the good one."""
_SEEDS = (
    "dbt_project/seeds/indicator_catalogue.csv",
    "dbt_project/seeds/indicator_words.csv",
    "dbt_project/partnership/adopted_indicators.csv",
)
"""Lists that get a row for each draft indicator."""
_INDICATORS: tuple[dict[str, str], ...] = (
    {
        "indicator_id": "${feed}_received_n",
        "title": "Draft: ${words} received",
        "unit": "count",
        "numerator": "Rows of ${words} received in the period",
        "aggregation": "sum",
        "measure": "${feed}_received",
        "short_title": "Draft: ${words} received",
        "plain_definition": "How many ${words} were received in the period.",
        "counted": "${words} received",
    },
    {
        "indicator_id": "${feed}_4wk_pct",
        "title": "Draft: ${words} ended within 4 weeks",
        "unit": "pct",
        "numerator": "Rows of ${words} ended in the period within 28 days of receipt",
        "denominator": "Rows of ${words} that were accepted and ended in the period",
        "aggregation": "ratio_of_sums",
        "measure": "${feed}_ended_within_4_weeks",
        "short_title": "Draft: ${words} ended within 4 weeks",
        "plain_definition": "Of the ${words} ended in the period, how many ended within 4 weeks.",
        "counted": "${words} ended",
        "phrase": "ended within 4 weeks",
    },
)
_OF_BOTH = {
    "direction": "higher", "cadence": "monthly", "suppression_rule": "SR2", "is_headline": "false",
    "source_feed": "${feed}", "snapshot": "newest", "fed_by": "${feed}", "spc": "xmr",
    "rag_rule": "none",
}  # fmt: skip


_AS_ABOVE = (
    "owner_group", "outcome_measures", "priorities", "plan_statements", "strategy_bullets",
    "priority_areas",
)  # fmt: skip


class NoNewFeed(InWords):
    """A skeleton that cannot be written; nothing was."""


def write_skeleton(feed: str, table: str, key: str, project: Path = PROJECT) -> list[str]:
    """Write the skeleton of a feed, and return the places of its files.

    Raises:
        NoNewFeed: a name is no id, or the feed, a file or a column of the skeleton is there.
    """
    _refuse_other_names(feed, table, key)
    words = {"feed": feed, "table": table, "key": key, "words": feed.replace("_", " ")}
    words["code"] = "".join(part[0] for part in feed.split("_")).upper().ljust(2, "X")
    made = {_filled(place, words): _template(name, words) for name, place in _WHOLE.items()}
    good = _template("good.csv", words)
    for name, change in {"good": ("", ""), **_SPOILT}.items():
        made[_filled(_SAMPLES, words | {"name": name})] = good.replace(*change, 1)
    there = [place for place in made if (project / place).exists()]
    if there:
        raise NoNewFeed(
            f"{', '.join(there)}: the file is there; expected none of feed {feed}. What to do: "
            "choose another name, or remove what is left of the feed."
        )
    for name, place in _ADDED.items():
        made[place] = (project / place).read_text("utf-8") + _template(name, words)
    for seed in _SEEDS:
        made[seed] = _with_rows(project / seed, words)
    for place, text in made.items():
        (project / place).write_text(text, "utf-8")
    return list(made)


def _refuse_other_names(feed: str, table: str, key: str) -> None:
    for what, name in (("feed", feed), ("table", table), ("key", key)):
        if not _ID.fullmatch(name) or len(name) > _LONGEST:
            raise NoNewFeed(
                f"{name!r} is not the name of a {what}; expected small letters, digits and single "
                f"underscores, a letter first, {_LONGEST} characters at most, such as "
                "`part_time_timetables`. What to do: choose such a name."
            )
    if feed in {contract.feed for contract in load_contracts()} | {"official", "run"}:
        raise NoNewFeed(
            f"there is a feed {feed}; expected a new name. What to do: choose another, or change "
            f"ingest/contracts/{feed}.yaml."
        )
    header = _template("good.csv", {}).partition("\n")[0]
    if key in header.split(","):
        raise NoNewFeed(
            f"{key} is another column of the skeleton; expected the column that names a row. What "
            "to do: choose such a name as `order_id`."
        )


def _template(name: str, words: dict[str, str]) -> str:
    return _filled((_TEMPLATES / name).read_text("utf-8"), words)


def _filled(text: str, words: dict[str, str]) -> str:
    return Template(text).safe_substitute(words)


def _with_rows(seed: Path, words: dict[str, str]) -> str:
    """A seed with a row for each draft indicator at its end.

    Who answers for it, and which promises it serves, is as in the row above.
    """
    text = seed.read_text("utf-8")
    *_, above = csv.DictReader(text.splitlines())
    of_both = {name: above[name] for name in _AS_ABOVE if name in above} | _OF_BOTH
    added = io.StringIO()
    lines = csv.DictWriter(added, [*above], restval="", extrasaction="ignore", lineterminator="\n")
    for indicator in _INDICATORS:
        facts = of_both | indicator
        lines.writerow({name: _filled(value, words) for name, value in facts.items()})
    return text + added.getvalue()
