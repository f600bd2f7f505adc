"""Local feeds: what a data manager reads where a snapshot failed a rule of `feeds`, and its sender.

Counts only: no sentence holds a cell's value or an identifier.
"""

from collections.abc import Sequence

import pandas as pd

from expectations.suites.feeds import RULES, WITHOUT_FIGURES, Rule
from ingest.contracts import Contract, contract_for

SENTENCES = {
    "R-SHRINK": (
        "{count} rows",
        "about {usual} rows, as in the three deliveries before",
        "{what} has {count} rows, {of_usual} of what is usual.",
        "Ask the sender whether the extract was filtered, cut or run on another list.",
    ),
    "FEED-CUT": (
        "{count} rows",
        "about {usual} rows, as in the three deliveries before",
        "{what} has {count} rows, {of_usual} of what is usual; {withheld}.",
        "Ask the sender for the whole extract; it supersedes this one.",
    ),
    "FEED-EMPTY": (
        "no row",
        "about {usual} rows, as in the three deliveries before",
        "{what} has no row after {usual}; {withheld}.",
        "Ask the sender for the rows, or for a nil return if there truly are none.",
    ),
    "FEED-ORPHAN": (
        "{count} rows without their parent",
        "every row's parent in its own table",
        "{what}: {count} of {total} rows were set aside, because the row that they belong to is "
        "not there.",
        "The sender has the rows in its answer; ask for an extract with all tables of one moment.",
    ),
    "FEED-UNJOINED": (
        "none of {total} rows joins up",
        "every row's parent in its own table",
        "{what}: none of {total} rows finds the row that it belongs to; {withheld}.",
        "Ask the sender to make all tables in one export and to send them together.",
    ),
    "FEED-COPY": (
        "the content of the snapshot before",
        "about {count} events since then, as in an average month of the list",
        "{what} is in every row that of the snapshot before; {withheld}.",
        "Ask the sender for the month's own extract.",
    ),
    "FEED-STALE": (
        "no event of its own month",
        "{usual} or more, as in each of the last three months with any",
        "{what} holds no event of {month}; {withheld}.",
        "Ask the sender whether an older extract was sent, and for the month's own.",
    ),
    "FEED-GONE": (
        "{count} of {total} open cases gone",
        "every open case, open still or closed",
        "{what}: {count} of {total} cases that were open in the snapshot before are neither open "
        "nor closed; they count as neither.",
        "Ask the sender to close them with their date, or to send them again.",
    ),
    "FEED-LOST": (
        "{count} of {total} open cases gone",
        "every open case, open still or closed",
        "{what}: {count} of {total} cases that were open in the snapshot before are neither open "
        "nor closed; {withheld}.",
        "Ask the sender which part of the extract is missing, and for the whole of it.",
    ),
    "FEED-FLOOD": (
        "{count} of {total} dates on one day",
        "dates spread over the working days",
        "{what}: {count} of {total} dates of {column} are of one day.",
        "Ask whether the day was typed in bulk or put in by the system; such a date measures "
        "nothing.",
    ),
    "LIFE-ORDER": (
        "{count} of {total} rows",
        "dates that follow each other",
        "{what}: the dates of {count} of {total} rows go back in time; these cases have no clock.",
        "The sender has the rows in its answer; ask for them to be put right.",
    ),
    "LIFE-REVERSED": (
        "{count} of {total} rows",
        "dates that follow each other",
        "{what}: the dates of {count} of {total} rows go back in time; {withheld}.",
        "Ask whether two date columns were exchanged, or day and month.",
    ),
    "ID-COVERAGE": (
        "{share} of {total} rows with a valid number",
        "{usual_share}, as in the three deliveries before",
        "{what}: {share} of the rows have a valid national number after {usual_share}; counts "
        "stand, links between services are fewer.",
        "Ask the sender whether the column was cut or filled from another system.",
    ),
    "EHC-TWICE": (
        "{count} of {total} people",
        "one open plan a person",
        "{what}: more than one open plan for {count} of {total} people; each plan is counted.",
        "The sender has the rows in its answer; ask which plan is open.",
    ),
    "EHC-AGAIN": (
        "{count} of {total} requests",
        "one request of a person in six months",
        "{what}: {count} of {total} requests come within six months of the same person's one "
        "before; each is counted.",
        "The sender has the rows in its answer; ask which were entered twice.",
    ),
    "EHC-PHASE": (
        "{count} of {total} days",
        "31 March for Year 11, 15 February for every other year group that moves",
        "{what}: {count} of {total} days set for a phase transfer are not those of regulation 18 "
        "for the year group. The move decides what is late; a move that the year group does not "
        "tell is in no figure.",
        "The sender has the rows in its answer; ask for the day, or for the birth date.",
    ),
    "CASE-UNKNOWN": (
        "{count} of {total} rows",
        "case numbers of the month's casework extract",
        "{what}: the case numbers of {count} of {total} rows are not in the casework extract; "
        "these rows join no plan and no assessment.",
        "The sender has the rows in its answer; ask for the case numbers of the casework system.",
    ),
    "CASE-FOREIGN": (
        "{count} of {total} rows",
        "case numbers of the month's casework extract",
        "{what}: the case numbers of {count} of {total} rows are not in the casework extract; the "
        "numbers are probably of another system.",
        "Ask the sender to fill the column with the case numbers of the casework system.",
    ),
    "CC-COHORT": (
        "{count} young people",
        "about {total}, as in the snapshot before",
        "{what} holds {count} young people of academic age 16 and 17 after {total} in the "
        "snapshot before.",
        "Ask whether the extract was filtered, or joined by another authority's records.",
    ),
    "PERSON-TWICE": (
        "{count} of {total} rows",
        "{promise}",
        "{what}: {count} of {total} rows name somebody whom another row names too ({rows}); "
        "{consequence}.",
        "The sender has the rows in its answer; ask which of them stands, and for an end of the "
        "others.",
    ),
    "CC-CODE": (
        "{count} of {total} rows",
        "codes of the contract's lists",
        "{what}: {count} of {total} rows have a code that is in no list ({rows}); they are set "
        "aside and count in no figure.",
        "The sender has the rows in its answer; ask for the codes of the NCCIS return.",
    ),
    "CC4": (
        "{count} of {total} activities",
        "activities that are confirmed before they lapse",
        "{what}: {count} of {total} activities of the cohort have lapsed and count as not known.",
        "Read the rate of not known with it; the service confirms them.",
    ),
    "CC-CURRENCY": (
        "{count} of {total} activities",
        "at most one in ten lapsed",
        "{what}: {count} of {total} activities of the cohort have lapsed and count as not known; "
        "the rate tells of the records.",
        "Ask the service to confirm them before the rate is explained.",
    ),
    "ND-TWICE": (
        "{count} of {total} children",
        "one provider a child",
        "{what}: {count} of {total} children with an open referral have one with another "
        "provider; people count once, referrals as such.",
        "Ask the providers which of them sees the child, and close the other referral.",
    ),
    "MAP-TWICE": (
        "{count} of {total} rows",
        "an identifier that is current for one person at a time",
        "{what}: {count} of {total} rows give an identifier two partners at a time; they link "
        "nobody.",
        "The sender has the rows in its answer; ask which match holds, and for an end of the "
        "other.",
    ),
    "MAP-COVERAGE": (
        "{rest} of {total} people",
        "four in five people of the casework extract",
        "{what} gives {rest} of {total} people of the casework extract an NHS number; joint "
        "figures describe these alone.",
        "Read joint figures with this share; ask for the others to be traced.",
    ),
}
ANSWERS = {
    "PERSON-TWICE": (
        "each person on one row, or on one for each service",
        "say which row stands, and end or remove the other",
    ),
    "CC-CODE": (
        "a code of the contract's list",
        "correct the code; the row is left out of every figure until then",
    ),
    "EHC-TWICE": (
        "one open plan a person",
        "say which plan is open, and end or remove the other",
    ),
    "EHC-AGAIN": (
        "one request of a person in six months",
        "remove the request if it is the one before entered twice; leave it if it is not",
    ),
    "EHC-PHASE": (
        "31 March from secondary school to post-16, 15 February in any other case (regulation 18)",
        "correct the day or the birth date; leave the day if the pupil is taught in another year "
        "or moves within post-16 in another month than September",
    ),
    "CASE-UNKNOWN": (
        "a case number of the month's casework extract",
        "correct the number, or send the case with the casework",
    ),
}
"""What a sender reads of each row that was found: what we expect, what to do."""
LISTED_ROWS = 20
"""A sentence names so many rows; all of them stand in the sender's answer."""
_RULE = {rule.code: rule for rule in RULES}
_TOLD = ["rule_id", "severity", "scope", "observed", "expected", "message", "action"]


def sentences(judged: pd.DataFrame, failing: pd.DataFrame) -> pd.DataFrame:
    """Tell every count that failed a rule in a sentence.

    Args:
        judged: The answer of `feeds.evidence`.
        failing: One row per rule and failing row: `rule` and `row`, its position in `judged`.

    Returns:
        One row per rule and failing row: that row, with `rule_id`, `severity`, `scope`,
        `observed`, `expected`, `message`, `action`. Scope 'list' means that the snapshot's
        figures are withheld, or that it is not used where it has none of its own.
    """
    rows = judged.iloc[failing["row"]].reset_index(drop=True)
    pairs = zip(failing["rule"], rows.to_dict("records"), strict=True)
    told = [_told(_RULE[code], row) for code, row in pairs]
    return pd.concat([rows, pd.DataFrame(told, columns=_TOLD, dtype="str")], axis=1)


def _told(rule: Rule, row: dict) -> list[str]:
    words = _words(row)
    told = [text.format_map(words) for text in SENTENCES[rule.code]]
    return [rule.code, rule.severity, rule.scope, *told]


def _words(row: dict) -> dict[str, object]:
    """What a sentence may say of one row of evidence."""
    contract = contract_for(row["feed"], row["period"])
    promise, _, consequence = _promise(contract, row["table"]).partition("; ")
    is_only_read = row["feed"] in WITHOUT_FIGURES
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
