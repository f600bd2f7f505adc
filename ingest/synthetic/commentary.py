"""What accountable roles write about a month of their indicators; invented like the figures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from .days import iso, month_end, months_of
from .randomness import Draws

COLUMNS = ("indicator_id", "author_role", "text", "action", "action_due_date")
DATES = ("action_due_date",)

_WRITTEN = 0.9
"""Share of the months in which a role writes; the others stay without a note."""
_SILENT_SINCE = {"ar_12wk_pct": "2025-08"}
"""From this month on nobody writes: a report has to show what is off course without a note."""


class _Topic(NamedTuple):
    """An indicator, who answers for it, and pairs of text and action that take turns."""

    indicator: str
    role: str
    notes: tuple[tuple[str, str], ...]


_COUNCIL = (
    _Topic("ehcp_20wk_pct", "Head of SEND", (
        ("Most late plans waited for advice from an educational psychologist. We finish the oldest "
         "assessments first, so plans that are late already keep the figure low for a while.",
         "Two more educational psychologists begin, paid for a year."),
        ("More families asked for an assessment than in the same months last year. Plans are late "
         "where advice came after week 12.",
         "A weekly meeting looks at every assessment that has passed 16 weeks."),
        ("Schools took longer than 15 days to answer about a place for one plan in four. The plan "
         "itself was ready in time.",
         "Settings get one reminder after 10 days, and a call from the team after 15."),
    )),
    _Topic("ar_4wk_pct", "Head of SEND", (
        ("Schools send the report of the meeting late, and the decision waits for it.",
         "The form for the report is shortened, and goes to schools before the meeting."),
        ("Two posts in the review team were empty. Decisions for Years 6 and 11 came first.",
         "Both posts are filled and trained."),
        ("Decisions are made sooner, but the letter to the family goes out days later.",
         "The letter is sent on the day of the decision."),
    )),
    _Topic("ar_12wk_pct", "Head of SEND", (
        ("Amended plans wait behind new plans. We know that families wait too long for them.",
         "Three officers do nothing but amended plans."),
        ("Most amended plans that were late needed a change of school, and the new school had to "
         "be asked first.",
         "Schools are asked in the week of the review meeting."),
    )),
    _Topic("ehcna_6wk_decision_pct", "Head of SEND", (
        ("Decisions are late after school holidays, when no information comes from schools.",
         "The panel also meets in the last week of each holiday."),
        ("Requests from parents often came without papers from school, and the 6 weeks ran.",
         "Schools are asked for papers on the day on which a request arrives."),
    )),
    _Topic("advice_ep_6wk_pct", "Principal Educational Psychologist", (
        ("A third of the posts for educational psychologists are empty, as in much of the region.",
         "Advice for children who are out of school is done first."),
        ("Advice on new requests was in time. What was late is left from the spring.",
         "A provider from outside finishes the oldest requests."),
    )),
    _Topic("phase_transfer_on_time_pct", "Head of SEND", (
        ("Most plans of pupils who change school were finished in time. The late ones wait for a "
         "place at a special school.",
         "Special schools say by November how many places they have."),
        ("Work on next year's transfers has begun with the review meetings in Year 5.",
         "Every family knows by October who their officer is."),
    )),
    _Topic("neet_nk_send_16_17_pct", "Participation Manager", (
        ("We lost touch with young people who left a course in the first term.",
         "Colleges tell us within a week when somebody leaves."),
        ("Home visits found most of those whose activity was not known.",
         "Supported internships open for another group."),
    )),
    _Topic("ehcp_awaiting_placement_n", "Head of Inclusion", (
        ("Places for children with social and emotional needs are full across the area.",
         "A new base at a mainstream school opens."),
        ("Fewer children wait for a place than before the summer.",
         "Each child without a place has a plan for learning at home, looked at every two weeks."),
    )),
    _Topic("tribunals_lodged_n", "Head of SEND", (
        ("Most appeals are about the school that a plan names.",
         "Every family is offered a meeting before the plan is final."),
        ("Fewer families appealed after a refusal to assess, since reasons are explained by phone.",
         "The explanation in the letter is written again together with parents."),
    )),
)  # fmt: skip
_THERAPY = (
    _Topic("slt_waiting_n", "Children's Therapies Manager", (
        ("More children were referred after the checks at age two. Staff left and were replaced.",
         "Drop-in sessions open in every locality, for families who wait."),
        ("We see children who have waited longest first, so the average wait rises before it "
         "falls.",
         "One clinic on Saturdays until the longest waits are gone."),
    )),
    _Topic("advice_slt_6wk_pct", "Designated Clinical Officer", (
        ("Advice was late where the child was not known to the service.",
         "Two appointments a week are kept free for assessments."),
        ("Requests for advice reached the service up to a week late.",
         "Requests go to one shared inbox that is read every day."),
    )),
)  # fmt: skip
TOPICS = {"RY7": _THERAPY, "E08000015": _COUNCIL}
"""By sender, the council last."""


def snapshot(sender: str, month: str, draws: Draws) -> pd.DataFrame:
    """Give what the roles of a sender write about a month.

    Returns:
        The contract's columns; text, ISO dates, in the order of the topics; perhaps no row.
    """
    number = int(months_of(np.array([month_end(month)]))[0])
    rows = []
    for place, topic in enumerate(TOPICS[sender]):
        is_written = draws.each(f"writes {topic.indicator}", np.array([number]))[0] < _WRITTEN
        if is_written and month < _SILENT_SINCE.get(topic.indicator, "9999"):
            text, action = topic.notes[(number + place) % len(topic.notes)]
            due = np.datetime64(month, "M") + 1 + (number + place) % 3
            rows.append((topic.indicator, topic.role, text, action, month_end(str(due))))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(action_due_date=iso(table.action_due_date.to_numpy(dtype=np.int64)))
