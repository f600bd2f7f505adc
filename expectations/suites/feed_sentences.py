"""Local feeds: what a data manager reads where a snapshot failed a rule of `feeds`, and its sender.

Counts only: no sentence holds a cell's value or an identifier.
"""

from collections.abc import Sequence

import pandas as pd

from expectations.feed_rules import FeedRule, feed_rules
from ingest.contracts import Contract, contract_for
from ingest.contracts.model import counted_feeds

LISTED_ROWS = 20
"""A sentence names so many rows; all of them stand in the sender's answer."""
_TOLD = ["rule_id", "severity", "scope", "observed", "expected", "message", "action"]


def sentences(judged: pd.DataFrame, failing: pd.DataFrame) -> pd.DataFrame:
    """Tell every count that failed a rule in a sentence.

    Args:
        judged: The answer of `feeds.compared`.
        failing: One row per rule and failing row: `rule` and `row`, its position in `judged`.

    Returns:
        One row per rule and failing row: that row, with `rule_id`, `severity`, `scope`,
        `observed`, `expected`, `message`, `action`. Scope 'list' means that the snapshot's
        figures are withheld, or that it is not used where it has none of its own.
    """
    rows = judged.iloc[failing["row"]].reset_index(drop=True)
    pairs = zip(failing["rule"], rows.to_dict("records"), strict=True)
    told = [_told(feed_rules()[code], row) for code, row in pairs]
    return pd.concat([rows, pd.DataFrame(told, columns=_TOLD, dtype="str")], axis=1)


def _told(rule: FeedRule, row: dict) -> list[str]:
    words = _words(row)
    texts = (rule.observed, rule.expected, rule.message, rule.action)
    told = [text.format_map(words) for text in texts]
    return [rule.code, rule.severity, rule.scope, *told]


def _words(row: dict) -> dict[str, object]:
    """What a sentence may say of one count: `feed_rules.WORDS`."""
    contract = contract_for(row["feed"], row["period"])
    promise, _, consequence = _promise(contract, row["table"]).partition("; ")
    is_only_read = row["feed"] not in counted_feeds()
    table = f", table {row['table']}" if row["table"] else ""
    usual, count, total = row["usual"], int(row["count"]), int(row["total"])
    is_known = not pd.isna(usual)
    return {
        "what": f"{contract.title} of {row['sender']} for {row['period']}{table}",
        "withheld": "the snapshot is not used" if is_only_read else "its figures are withheld",
        "promise": promise,
        "consequence": consequence,
        "rows": _listed(row["rows"]),
        "month": row["period"],
        "column": row["column"],
        "count": count,
        "total": total,
        "rest": total - count,
        "share": _percent(row["share"]),
        "usual": f"{usual:.0f}" if is_known else "",
        "usual_share": _percent(usual),
        "of_usual": _percent(count / usual) if is_known and usual else "",
    }


def _promise(contract: Contract, table: str) -> str:
    """What a contract promises of one person's rows, and what becomes of more."""
    rules = contract.table(table).rules if table else ()
    return next((rule.description for rule in rules if rule.once), "; ")


def _listed(rows: Sequence[int]) -> str:
    more = f" and {len(rows) - LISTED_ROWS} more" if len(rows) > LISTED_ROWS else ""
    return f"rows {', '.join(map(str, rows[:LISTED_ROWS]))}{more}"


def _percent(share: float) -> str:
    return "" if pd.isna(share) else f"{share:.1%}"
