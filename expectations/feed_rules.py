"""The rules for the snapshots of local feeds as people write them, and which counts break them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd
import pyarrow as pa
from pydantic import Field, model_validator

from expectations.gate import GateError, Suite, failing_rows
from expectations.rule_files import Strict, Threshold, WrongRows, loaded, written
from expectations.wrong_rows import Tables
from ingest.contracts import policy

FILE = Path(__file__).parent / "suites" / "feeds.yaml"
COUNTS = "counts"
_COLUMNS = {
    "matter": pa.string(),
    "count": pa.int64(),
    "total": pa.int64(),
    "share": pa.float64(),
    "usual": pa.float64(),
}
WORDS = frozenset(
    {"what", "withheld", "promise", "consequence", "rows", "month", "column", "count", "total"}
    | {"rest", "share", "usual", "usual_share", "of_usual"}
)
"""What a sentence may name in braces."""


class FeedThreshold(Threshold):
    """A threshold of the rule, or one of the landing policy: ``policy`` names its key there."""

    @model_validator(mode="before")
    @classmethod
    def _of_policy(cls, facts: Any) -> Any:
        if not (isinstance(facts, dict) and "policy" in facts and "value" not in facts):
            return facts
        name = facts["policy"]
        if name not in type(policy()).model_fields:
            raise ValueError(f"the landing policy has no {name}")
        return {"value": getattr(policy(), name)} | {k: facts[k] for k in facts if k != "policy"}


class Answer(Strict):
    """What the sender reads of each row that a rule names: what was expected, what to do."""

    expected: str
    action: str


class FeedRule(WrongRows):
    """One rule about what was counted in a snapshot, with the sentences that say it."""

    observed: str
    expected: str
    answer: Answer | None = None
    thresholds: dict[str, FeedThreshold] = Field(default_factory=dict)

    @property
    def scope(self) -> str:
        """What is withheld: the snapshot's figures (a snapshot without figures is not used)."""
        return "list" if self.severity == "withhold" else "none"


@cache
def feed_rules() -> Mapping[str, FeedRule]:
    """Read the rules of the project by code, once a process."""
    return read(FILE)


def read(path: Path) -> dict[str, FeedRule]:
    """Read a file of rules; raises GateError that names file, rule and key."""
    rules = {
        code: written(FeedRule, path, code, facts, table=COUNTS)
        for code, facts in loaded(path).items()
    }
    for rule in rules.values():
        for key in ("observed", "expected", "message", "action"):
            named = {name for _, name, _, _ in Formatter().parse(getattr(rule, key)) if name}
            if named - WORDS:
                raise GateError(
                    f"{path.name}, rule {rule.code}, key {key}: there is no word "
                    f"{', '.join(sorted(named - WORDS))}. The words are {', '.join(sorted(WORDS))}."
                )
    return rules


def suite() -> Suite:
    """Give the suite of all rules, judged on what ``wrong`` gives."""
    return Suite("feeds", tuple(rule.expectation for rule in feed_rules().values()))


def wrong(compared: pd.DataFrame) -> pd.DataFrame:
    """Measure counts, as `feeds.compared` gives them: a column a rule, true for a wrong count."""
    known = compared[[*_COLUMNS]].assign(share=compared["share"].fillna(0))
    content = pa.Table.from_pandas(known, pa.schema(_COLUMNS.items()), preserve_index=False)
    with Tables() as tables:
        tables.add(COUNTS, content)
        return tables.wrong(COUNTS, feed_rules().values())


def failing(compared: pd.DataFrame) -> pd.DataFrame:
    """Judge counts: one row per rule and wrong count, ``rule`` and ``row`` (its position)."""
    return failing_rows(wrong(compared), suite())
