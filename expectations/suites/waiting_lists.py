"""Waiting lists: what well-formed numbers hide.

One row is one basis x organisation x service line x month end. `evidence` measures every row, one
column a rule; a row fails a rule where the column exceeds the rule's limit (null passes).
The gate names the failing rows; `waiting_list_sentences` tells them to a service manager.

Each list is compared with its own *last sound month*: a month that failed a rule is never the base
of the next comparison, so the month after a bad one is not blamed. Real changes last: a list that
disagrees with its base is accepted in its third known month in a row that agrees with the one
before, and the level before a dip to less than half is accepted at once: then the dip was the odd
one. (Where the truth is known, two wrong months in a row occur, not three; elsewhere lists stay at
a doubtful level for three or four months and then return, which two months of doubt do not cover.)
A silence of more than `LONG_SILENCE` days starts a list afresh: too much may have happened.

The frame must hold whole workbooks: totals are compared with the sum of all their parts, and an
organisation without rows in a known month counts as absent. Nothing here knows an organisation.
Figures called "measured" are from 15 official workbooks, January 2023 to May 2025: 164 providers,
47 service lines, 25,772 pairs of months that follow each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

BANDS = (
    "band_0_7",
    "band_8_14",
    "band_15_28",
    "band_29_84",
    "band_85_126",
    "band_127_364",
    "band_365_plus",
)
FIRST_DAY = np.array([0, 8, 15, 29, 85, 127, 365])
LAST_DAY = np.array([7, 14, 28, 84, 126, 364, 10**6])
KEY = ["basis", "org_level", "org_key", "service_line"]
LEVELS = ("provider", "icb", "region", "national")
PLACES = ("parent_code", "grandparent_code", "predecessor_codes")
# Where levels disagree: the column (0 the total, then the bands) and each level's sum of it.
SUMS = ("gap_column", *(f"{level}_sum" for level in LEVELS))

# Days, so that two sound months with a bad one and two missing workbooks between are compared.
# Measured in lists of 100 or more: 1% fell below a fifth or rose 2.5 times from month to month,
# 2.7% in 122 days, 5.3% in 305: in a long time services are moved and nothing can be said.
LONG_SILENCE = 124
# Known months in a row that must agree before a changed level is sound, the first included.
SETTLED = 3
# People. Measured share of lists that are zero a month later: 8% of lists of 3 to 5, 3.5% of 6 to
# 10, 1.5% of 11 to 20, then level at 0.5% or less whatever the size, which is error, not chance.
ZEROED = 20
# Powers of ten against chance. Measured in pairs of months that follow each other: beyond 3, 0.7
# agreements expected by chance and 950 found; from 2 to 3, 4 and 54; below 1.5, mostly chance.
COPY_SURPRISE = 3.0
# Beside another line copied from the same month 1 in 10 is enough: lists of 5 to 19 agree in 41%
# of such months, in 7% of all.
COPY_COMPANION = 1.0
# A bound may be exceeded by half (transfers, late entry, clocks restarted) and by 30 people.
# Measured beyond the half, of 19,884 pairs: 190 by 10 people, 161 by 20, 138 by 30, 109 by 50.
# There is no gap; read by eye in children's lines, those from 30 to 60 reverse or begin another
# level.
FLOW_TOLERANCE = 0.5
FLOW_PEOPLE = 30
# Measured, of 14,292 pairs: 287 lost half, 141 seven tenths, 92 four fifths, 58 nine tenths. Lists
# below 100 do so by chance (see ZEROED).
FALL_BASE = 100
FALL_SHARE = 0.8
HALVED_SHARE = 0.5
# Of the last list and 30 people. Measured, of 19,884 pairs from 20 people: 174 beyond 2, 122
# beyond 2.5, 80 beyond 3, 51 beyond 4. A slipped digit is 10, a widened service 3 and more.
RISE_RATIO = 2.5
RISE_ALLOWANCE = 30
# Squared distance of square roots: a month of pure chance adds 0.5 a band, so 3.5 in all.
MEANING_NOISE = 3.5
# How many times better a list must fit in other columns. Measured, of 22,528 pairs: 208 beyond 2,
# 90 beyond 3, 56 beyond 4, 32 beyond 5. Two bands change places by themselves (21 ways to try,
# neighbours most) and must fit 8 times better: of 21,669 pairs without another finding 118 were
# beyond 4, 42 beyond 6, 23 beyond 8.
SHIFT_RATIO = 4.0
EXCHANGE_RATIO = 8.0
# Two lists exchanged. Measured, of 22,528 pairs: 139 beyond 2, 67 beyond 3, 40 beyond 4, 33 beyond
# 5. Between organisations, or into an empty line, 1.8 times that: chance matches reach 9.
SWAP_RATIO = 5.0
SWAP_FURTHER = 1.8
# Moved columns keep the people: between these shares of the last list.
KEPT = (0.7, 1.4)
# A share within 18 weeks errs at most by the share of people without band: 1 point is tolerated in
# totals, whose partners cause it; a sender's own list must add up (260 of 31,000 do not).
OPEN_IN_TOTALS = 0.01
# A total that lost a tenth looks like one that improved. Measured when any provider could be a
# partner: 33 of 424 falls were given to one that the total does not contain.
PARTNER_SHARE = 0.1
# Measured in organisations that left: 5.0 to 21.5 for the six whose lists continue in the same ICB,
# five of them by a merger on record; 1.1 and less for every other organisation there. Elsewhere in
# England up to 3.0, and beyond 4 in a year not among the fifteen: hence evidence of place.
SUCCESSOR_RATIO = 4.0
# Of a merger on record only the month is asked in which the lists follow: the successor's must be
# nearer to both together than to its own, beyond chance.
RECORD_RATIO = 1.0
# Where levels disagree: how many times better a gap must mend one row than all others for it to be
# charged alone, and than another for that one to go free. Measured by taking 20% from one of some
# 100 providers: the right one was charged in 82% at 2.5, 86% at 3, with 18 and 21 others; of some
# 40 ICBs in 88% and 91%, with 9 and 10.
PLAIN_RATIO = 2.0
# Lists move by a tenth in an ordinary month, so a list that is gone held the gap within a half.
EMPTIED_FACTOR = 1.5
CULPRIT_RATIO = 3.0
# Lists move by a tenth a month by themselves (squared distance 0.0025 a person), and 3% vanish: in
# choosing, no row counts as further away than 4 times the first.
CULPRIT_DRIFT = 0.0025
CULPRIT_FAR = 4.0
# Of the gap: where no row plainly explains it, those that fell by this much are charged as well.
GAP_SHARE = 0.5


@dataclass(frozen=True)
class Rule:
    """A row fails when `evidence_column` is above `limit`; null passes."""

    code: str
    title: str
    severity: str
    scope: str
    evidence_column: str
    limit: float
    why: str


RULES = (
    Rule(
        "WL-NEGATIVE",
        "A count below zero",
        "refuse",
        "list",
        "people_below_zero",
        0,
        "nobody can wait less than not at all: the cell is not a count",
    ),
    Rule(
        "WL-PARTS",
        "A total and its parts disagree",
        "refuse",
        "list",
        "parts_gap",
        0,
        "published totals equal the sum of their parts in every line, band and month measured",
    ),
    Rule(
        "WL-BANDS",
        "The wait bands do not add up to the list",
        "withhold",
        "bands",
        "bands_gap",
        0,
        "people without a band make every share by length of wait wrong",
    ),
    Rule(
        "WL-ZERO",
        "A list reported as zero",
        "withhold",
        "list",
        "zeroed_list",
        ZEROED - 1,
        "lists of this size do not empty in a month by chance",
    ),
    Rule(
        "WL-COPY",
        "A month copied from an earlier one",
        "withhold",
        "list",
        "copy_surprise",
        COPY_SURPRISE,
        "two honest months would agree in every band less than once in a thousand times",
    ),
    Rule(
        "WL-VANISHED",
        "A list that is missing",
        "withhold",
        "list",
        "vanished_list",
        ZEROED - 1,
        "missing is not zero: totals that include the organisation fall without cause",
    ),
    Rule(
        "WL-FLOW",
        "A step no service can make",
        "withhold",
        "list",
        "flow_excess",
        FLOW_PEOPLE,
        "who waits 18 weeks now was on the list a month ago; referrals enter at day 0",
    ),
    Rule(
        "WL-FALL",
        "A list that lost four fifths",
        "withhold",
        "list",
        "fall_share",
        FALL_SHARE,
        "no service sees four fifths of a list of 100 or more within a month or two",
    ),
    Rule(
        "WL-RISE",
        "A list many times its last",
        "withhold",
        "list",
        "rise_ratio",
        RISE_RATIO,
        "a slipped digit or another definition; referrals do not multiply like this",
    ),
    Rule(
        "WL-SHIFT",
        "Bands in the wrong columns",
        "withhold",
        "list",
        "shift_ratio",
        SHIFT_RATIO,
        "the figures fit the last month's moved to other bands far better than to their own",
    ),
    Rule(
        "WL-SWAP",
        "Two lists exchanged",
        "withhold",
        "list",
        "swap_ratio",
        SWAP_RATIO,
        "each of two lists continues the other and not itself",
    ),
    Rule(
        "WL-PARTNER",
        "A total that lost a partner",
        "withhold",
        "list",
        "lost_share",
        PARTNER_SHARE,
        "the fall is as large as a partner's list that is missing or zero this month",
    ),
    Rule(
        "WL-SUCCESSOR",
        "A list under another name",
        "note",
        "list",
        "successor_fit",
        SUCCESSOR_RATIO,
        "the lists went to another organisation in the same month: a merger or a new name",
    ),
    Rule(
        "WL-HALVED",
        "A list that halved",
        "note",
        "list",
        "halved_share",
        HALVED_SHARE,
        "possible, and rare enough to ask: 1.4% of lists of 100 or more from month to month",
    ),
)

STEPS = ("zeroed_list", "flow_excess", "fall_share", "rise_ratio", "shift_ratio", "swap_ratio")
LOSSES = ("zeroed_list", "vanished_list", "fall_share")
UNSOUND = tuple(r for r in RULES if r.severity != "note" and r.scope == "list")

STEP_RULES = tuple(r for r in UNSOUND if r.evidence_column in STEPS)


@dataclass
class _Places:
    """Where organisations stand: a row an organisation, a column a known month.

    Codes are numbers, -1 where not known. Who is not listed in a month stands where it last did.
    """

    own: np.ndarray
    parent: np.ndarray
    grandparent: np.ndarray
    predecessors: dict[tuple[int, int], set[int]]
    """By organisation and month, the codes of those that it continues by then."""

    def may_continue(self, org: int, month: int, last: int) -> np.ndarray:
        """How far each organisation's fit counts as that of a successor; without evidence 0.

        Evidence is a common parent, now or in month `last`, or a succession on record by now.
        """
        beside = np.zeros(len(self.own), dtype=bool)
        for when in (month, last):
            parent = self.parent[:, when]
            beside |= (parent == parent[org]) & (parent >= 0)
        known = self.predecessors.items()
        heirs = [one for (one, when), whom in known if when == month and self.own[org] in whom]
        weight = beside.astype(float)
        weight[heirs] = SUCCESSOR_RATIO / RECORD_RATIO
        return weight

    def contain(self, org: int, month: int) -> np.ndarray:
        """Which organisations are the parent or grandparent of one."""
        above = (self.parent[org, month], self.grandparent[org, month])
        return np.isin(self.own, above)


@dataclass
class _Lists:
    """The lists of one basis: a row a series, a column a known month, and what is found of them."""

    series: pd.DataFrame
    periods: list[str]
    ends: np.ndarray
    total: np.ndarray
    bands: np.ndarray
    hidden: np.ndarray
    places: _Places = field(init=False)
    evidence: dict[str, np.ndarray] = field(default_factory=dict)
    detail: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape, count = self.total.shape, len(self.series)
        self.evidence = {r.evidence_column: np.full(shape, np.nan) for r in RULES}
        numbers = ("compared", "copied", "since", "until", "window_now", "window_bound", "fellow")
        self.detail = {name: np.full(shape, -1) for name in numbers}
        self.detail |= {name: np.full(shape, np.nan) for name in SUMS}
        self.base = np.full(count, -1)
        self.older = np.full(count, -1)
        self.last = np.full(count, -1)
        self.run = np.zeros(count, dtype=int)
        self.gone = np.zeros(count, dtype=int)
        self.veiled = np.zeros(count, dtype=bool)
        self.org = self.series.groupby(["org_level", "org_key"], sort=False).ngroup().to_numpy()
        self.line = self.series.groupby("service_line", sort=False).ngroup().to_numpy()
        self.level = self.series["org_level"].map(dict(zip(LEVELS, range(4), strict=True)))
        self.level = self.level.to_numpy()

    def at(self, months: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Total and bands of each series in its own month (-1: none, so null)."""
        rows = np.arange(len(months))
        none = months < 0
        total = np.where(none, np.nan, self.total[rows, months])
        return total, np.where(none[:, None], np.nan, self.bands[rows, months])

    def days(self, months: np.ndarray, month: int) -> np.ndarray:
        """Days from each series' own month to `month`; a long silence or none counts as 0."""
        days = np.where(months < 0, 0, self.ends[month] - self.ends[months])
        return np.where(days > LONG_SILENCE, 0, days)


def evidence(lists: pd.DataFrame) -> pd.DataFrame:
    """Measure every row against every rule.

    Args:
        lists: One row per basis x organisation x service line x period where the organisation is
            listed; counts are people, null where `status` is not 'value'. `PLACES` say what
            contains the organisation in that month and, separated by spaces, whom it continues by
            then; null, or a frame without them, is no evidence.

    Returns:
        The rows, and one row of status 'absent' for each list that is missing from a known month,
        each with one evidence column a rule (units in `RULES`) and what it was compared with.
    """
    if lists.empty:
        return lists.assign(**{r.evidence_column: pd.Series(dtype=float) for r in RULES})
    judged = [_judged(rows.reset_index(drop=True)) for _, rows in lists.groupby("basis")]
    return pd.concat(judged).sort_values([*KEY, "period"], kind="stable", ignore_index=True)


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    series = rows.groupby(KEY, sort=True).ngroup().to_numpy()
    periods = sorted(rows["period"].unique())
    month = pd.Categorical(rows["period"], periods).codes
    lists = _spread(rows, series, month, periods)
    lists.places = _places(rows, lists.org[series], month, len(periods))
    for number in range(len(periods)):
        _judge_month(lists, number)
    return _told(rows, lists, series, month)


def _spread(
    rows: pd.DataFrame, series: np.ndarray, month: np.ndarray, periods: list[str]
) -> _Lists:
    shape = (series.max() + 1, len(periods))
    figures = rows[["total", *BANDS]].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    cells = np.full((*shape, 8), np.nan)
    cells[series, month] = figures
    hidden = np.zeros(shape, dtype=bool)
    hidden[series, month] = rows["status"].eq("suppressed").to_numpy()
    ends = rows.groupby("period")["period_end"].first().reindex(periods)
    names = rows.drop_duplicates(KEY).sort_values(KEY)[KEY].reset_index(drop=True)
    days = np.array([_day(end) for end in ends])
    return _Lists(names, periods, days, cells[..., 0], cells[..., 1:], hidden)


def _places(rows: pd.DataFrame, org: np.ndarray, month: np.ndarray, months: int) -> _Places:
    said = rows.reindex(columns=PLACES)
    continued = said["predecessor_codes"].dropna().astype("str").str.split()
    named = [rows["org_key"], said["parent_code"], said["grandparent_code"], continued.explode()]
    codes = pd.Index(pd.concat(named).dropna().unique())
    own = np.full(org.max() + 1, -1)
    own[org] = codes.get_indexer(rows["org_key"])
    above = []
    for name in ("parent_code", "grandparent_code"):
        place = np.full((len(own), months), -1)
        place[org, month] = codes.get_indexer(said[name])
        for number in range(1, months):
            unknown = place[:, number] < 0
            place[unknown, number] = place[unknown, number - 1]
        above.append(place)
    at = zip(org[continued.index], month[continued.index], continued, strict=True)
    predecessors = {(one, when): set(codes.get_indexer(whom)) for one, when, whom in at}
    return _Places(own, *above, predecessors)


def _day(end: date) -> int:
    return pd.Timestamp(end).toordinal()


def _judge_month(lists: _Lists, month: int) -> None:
    """Measure one month and remember which series are sound enough to be compared with."""
    now, bands = lists.total[:, month], lists.bands[:, month]
    ref, ref_bands = lists.at(lists.base)
    days = lists.days(lists.base, month)
    lists.detail["compared"][:, month] = np.where(days > 0, lists.base, -1)
    _measure_cells(lists, month)
    _measure_copies(lists, month)
    lost = _measure_losses(lists, month, ref, days)
    _hand_over(lists, month, ref, ref_bands, lost)
    _store(lists, month, _against(now, bands, ref, ref_bands, days))
    _measure_meaning(lists, month, ref_bands, days)
    _settle(lists, month)
    _measure_parts(lists, month, ref, ref_bands)
    _measure_partners(lists, month, ref, ref_bands)
    _remember(lists, month)


def _store(lists: _Lists, month: int, measures: dict[str, np.ndarray]) -> None:
    for name, values in measures.items():
        home = lists.evidence if name in lists.evidence else lists.detail
        home[name][:, month] = values


def _found(lists: _Lists, month: int, rules: tuple[Rule, ...] = UNSOUND) -> np.ndarray:
    return np.any([lists.evidence[r.evidence_column][:, month] > r.limit for r in rules], axis=0)


def _measure_cells(lists: _Lists, month: int) -> None:
    """What one row says by itself: counts below zero, people without a band."""
    now, bands = lists.total[:, month], lists.bands[:, month]
    least = np.fmin(now, np.fmin.reduce(bands, axis=1))
    open_share = np.where(lists.level > 0, OPEN_IN_TOTALS, 0)
    gap = np.abs(now - bands.sum(axis=1))
    gap = np.where(gap > open_share * now, gap, 0 * gap)
    _store(lists, month, {"people_below_zero": -least, "bands_gap": gap})


def _chance(bands: np.ndarray) -> np.ndarray:
    """Powers of ten against two independent Poisson months agreeing in every band.

    Two counts of mean n agree with probability exp(-2n) I0(2n), about 1 / sqrt(4 pi n); the sum
    over bands is -log10 of the product.
    """
    mean = np.minimum(np.nan_to_num(bands).clip(0), 300)
    small = np.exp(-2 * mean) * np.i0(2 * mean)
    large = 1 / np.sqrt(4 * np.pi * np.nan_to_num(bands).clip(1))
    return -np.log10(np.where(np.nan_to_num(bands) < 300, small, large)).sum(axis=1)


def _measure_copies(lists: _Lists, month: int) -> None:
    """Agreement with any earlier month, less what trying several months is worth."""
    chance = _chance(lists.bands[:, month])
    best = np.full(len(chance), np.nan)
    source = np.full(len(chance), -1)
    tried = np.zeros(len(chance))
    for earlier in range(month - 1, -1, -1):
        tried += ~np.isnan(lists.total[:, earlier])
        same = (lists.bands[:, earlier] == lists.bands[:, month]).all(axis=1)
        same &= lists.total[:, earlier] == lists.total[:, month]
        score = np.where(same, chance - np.log10(np.maximum(tried, 1)), np.nan)
        better = same & ~(score <= best)
        best, source = np.where(better, score, best), np.where(better, earlier, source)
    copies = pd.DataFrame({"org": lists.org, "source": source, "sure": best > COPY_SURPRISE})
    company = copies.groupby(["org", "source"])["sure"].transform("any") & (source >= 0)
    beside = company.to_numpy() & (best > COPY_COMPANION)
    best = np.where(beside, best + COPY_SURPRISE - COPY_COMPANION, best)
    _store(lists, month, {"copy_surprise": best, "copied": source})


def _by_org(lists: _Lists, values: np.ndarray) -> np.ndarray:
    return np.bincount(lists.org, values, minlength=lists.org.max() + 1)[lists.org]


def _measure_losses(lists: _Lists, month: int, ref: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Lists that are zero or missing, measured with all lists an emptied organisation lost."""
    now = lists.total[:, month]
    had = np.where(days > 0, np.nan_to_num(ref), 0)
    lost = (had > 0) & ~(now > 0) & ~_kept_hidden(lists, month)
    emptied = _by_org(lists, (had > 0) & ~lost) == 0
    size = np.where(emptied, _by_org(lists, had), had)
    missing = lost & np.isnan(now)
    lists.gone = np.where(missing, lists.gone + 1, 0)
    lists.base = np.where(lists.gone >= SETTLED, -1, lists.base)
    lists.veiled |= lists.hidden[:, month] & (lists.base < 0)
    zeroed = np.where(lost & ~missing, size, np.nan)
    vanished = np.where(missing & (lists.gone < SETTLED), size, np.nan)
    _store(lists, month, {"zeroed_list": zeroed, "vanished_list": vanished})
    return lost & emptied


def _kept_hidden(lists: _Lists, month: int) -> np.ndarray:
    """Hidden lists that are no loss: hidden before they were shown, or published nationally only.

    Any other list whose cells hold a symbol this month is as missing as one left blank.
    """
    shown, count = ~np.isnan(lists.total[:, month]), lists.line.max() + 1
    parts = np.bincount(lists.line, shown & (lists.level < 3), minlength=count) > 0
    whole = np.bincount(lists.line, shown & (lists.level == 3), minlength=count) > 0
    return lists.hidden[:, month] & (lists.veiled | (whole & ~parts)[lists.line])


def _hand_over(
    lists: _Lists, month: int, ref: np.ndarray, ref_bands: np.ndarray, lost: np.ndarray
) -> None:
    """Give the lists of an organisation that is gone to the one that continues them.

    Sizes alone name somebody at the other end of England: only who has evidence of place or of
    succession is tried.
    """
    vanished = lists.evidence["vanished_list"][:, month]
    for org in np.unique(lists.org[lost & (vanished >= ZEROED)]):
        mine = np.flatnonzero((lists.org == org) & lost)
        may = lists.places.may_continue(org, month, lists.base[mine].max())
        heirs, fit = _heirs(lists, lists.bands[:, month], ref_bands, mine, may)
        if fit <= SUCCESSOR_RATIO:
            continue
        vanished[mine], lists.base[mine] = np.nan, -1
        lists.evidence["successor_fit"][mine, month] = fit
        for one in mine:
            theirs = heirs[lists.line[heirs] == lists.line[one]]
            lists.detail["fellow"][one, month] = np.append(theirs, heirs)[0]
            ref[theirs] = np.nan_to_num(ref[theirs]) + ref[one]
            ref_bands[theirs] = np.nan_to_num(ref_bands[theirs]) + ref_bands[one]


def _heirs(
    lists: _Lists, bands: np.ndarray, ref_bands: np.ndarray, mine: np.ndarray, may: np.ndarray
) -> tuple[np.ndarray, float]:
    """The lists of the organisation that continues its own and `mine` best, and how much better.

    `may` says how far the fit of each organisation counts.
    """
    had = np.zeros((lists.line.max() + 1, 7))
    had[lists.line[mine]] = np.nan_to_num(ref_bands[mine])
    rows = lists.level == lists.level[mine[0]]
    rows &= np.isin(lists.line, lists.line[mine]) & (lists.org != lists.org[mine[0]])
    rows = np.flatnonzero(rows)
    now, ref = np.nan_to_num(bands[rows]), np.nan_to_num(ref_bands[rows])
    count = lists.org.max() + 1
    alone = np.bincount(lists.org[rows], _apart(now, ref), minlength=count)
    joined = _apart(now, ref + had[lists.line[rows]])
    joined = np.bincount(lists.org[rows], joined, minlength=count)
    fit = may * alone / (joined + MEANING_NOISE * len(mine))
    best = int(np.argmax(fit))
    return rows[lists.org[rows] == best], float(fit[best])


def _against(
    now: np.ndarray, bands: np.ndarray, ref: np.ndarray, ref_bands: np.ndarray, days: np.ndarray
) -> dict[str, np.ndarray]:
    """Compare lists with earlier ones `days` before (0: not comparable)."""
    usable = (days > 0) & (ref > 0) & (now > 0)
    ratio = np.divide(now, ref, out=np.full(len(now), np.nan), where=usable)
    fall = np.where(usable & (ref >= FALL_BASE), 1 - ratio, np.nan)
    sizeable = usable & (ref >= ZEROED)
    halved = np.where(fall > FALL_SHARE, np.nan, fall)
    rise = np.where(sizeable, now / (np.nan_to_num(ref) + RISE_ALLOWANCE), np.nan)
    flow = _flow(bands, ref, ref_bands, np.where(sizeable, days, 0))
    return {"fall_share": fall, "halved_share": halved, "rise_ratio": rise, **flow}


def _windows(days: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """First and last band now, and the earlier bands that can have fed them `days` before."""
    for first in np.flatnonzero(days <= FIRST_DAY):
        for last in range(first, 7):
            fed = FIRST_DAY[first] - days <= LAST_DAY
            yield int(first), last, fed & (LAST_DAY[last] - days >= FIRST_DAY)


def _flow(
    bands: np.ndarray, ref: np.ndarray, ref_bands: np.ndarray, days: np.ndarray
) -> dict[str, np.ndarray]:
    """People beyond those who can have been waiting: who waits w days now waited w - days then.

    People without a band in the earlier month may have been in any, and are added to each bound.
    """
    names = ("flow_excess", "since", "until", "window_now", "window_bound")
    worst = dict(zip(names, np.full((5, len(days)), np.nan), strict=True))
    for gap in np.unique(days[days > 0]):
        rows = np.flatnonzero(days == gap)
        unplaced = (ref[rows] - ref_bands[rows].sum(axis=1)).clip(0)
        for first, last, fed in _windows(gap):
            count = bands[rows, first : last + 1].sum(axis=1)
            bound = ref_bands[rows][:, fed].sum(axis=1) + unplaced
            excess = count - (1 + FLOW_TOLERANCE) * bound
            worse = ~(excess <= worst["flow_excess"][rows]) & ~np.isnan(excess)
            found = (excess, np.full(len(rows), first), np.full(len(rows), last), count, bound)
            for name, values in zip(names, found, strict=True):
                worst[name][rows[worse]] = values[worse]
    return {k: v if k == "flow_excess" else np.nan_to_num(v, nan=-1) for k, v in worst.items()}


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Squared distance of square roots over the last axis: chance adds 0.5 a band at any size."""
    return ((np.sqrt(one.clip(0)) - np.sqrt(other.clip(0))) ** 2).sum(axis=-1)


def _moved(bands: np.ndarray) -> np.ndarray:
    """Every list with its bands moved by one (ends kept, dropped or turned round) or two swapped.

    Shape (series, 26, 7).
    """
    up, down = np.roll(bands, 1, axis=1), np.roll(bands, -1, axis=1)
    up_kept, down_kept, up_dropped, down_dropped = up.copy(), down.copy(), up.copy(), down.copy()
    up_kept[:, 0], up_kept[:, 6] = 0, bands[:, 5] + bands[:, 6]
    down_kept[:, 6], down_kept[:, 0] = 0, bands[:, 0] + bands[:, 1]
    up_dropped[:, 0], down_dropped[:, 6] = 0, 0
    moved = [up, down, up_kept, down_kept, up_dropped, down_dropped]
    for one in range(7):
        for other in range(one):
            order = np.arange(7)
            order[[one, other]] = other, one
            moved.append(bands[:, order])
    return np.stack(moved, axis=1)


def _measure_meaning(lists: _Lists, month: int, ref_bands: np.ndarray, days: np.ndarray) -> None:
    """How much better a list continues another column than its own."""
    lists.evidence["shift_ratio"][:, month] = _shift(lists.bands[:, month], ref_bands, days)
    swap, fellow = _swap(lists, month, ref_bands, days)
    lists.evidence["swap_ratio"][:, month] = swap
    exchanged = swap > SWAP_RATIO
    lists.detail["fellow"][exchanged, month] = fellow[exchanged]


def _shift(bands: np.ndarray, ref_bands: np.ndarray, days: np.ndarray) -> np.ndarray:
    """A list that kept most of its people, against its base moved to other bands."""
    own = np.where(days > 0, _apart(bands, ref_bands), np.nan)
    size, before = bands.sum(axis=1), ref_bands.sum(axis=1)
    kept = (size >= KEPT[0] * before) & (size <= KEPT[1] * before)
    odd = np.flatnonzero((own > SHIFT_RATIO * MEANING_NOISE) & kept)
    ratio = own[odd, None] / (_apart(bands[odd, None], _moved(ref_bands[odd])) + MEANING_NOISE)
    ratio[:, 6:] *= SHIFT_RATIO / EXCHANGE_RATIO
    shift = np.full(len(own), np.nan)
    shift[odd] = ratio.max(axis=1, initial=0)
    return shift


def _swap(
    lists: _Lists, month: int, ref_bands: np.ndarray, days: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How much better two lists continue each other, and which list the best other one is.

    Inside an organisation a list may also move to a line that was empty; between organisations
    both must be of some size in both months. Either way there are many more to try, and the fit
    must be `SWAP_FURTHER` times as good.
    """
    active = (_by_org(lists, days > 0) > 0) & ~_kept_hidden(lists, month)
    now, ref = np.nan_to_num(lists.bands[:, month]), np.nan_to_num(ref_bands)
    now, ref = now * active[:, None], ref * active[:, None]
    own, small = _apart(now, ref), np.minimum(now.sum(axis=1), ref.sum(axis=1)) < ZEROED
    odd = np.flatnonzero(own > SWAP_RATIO * MEANING_NOISE)
    one, other = (odd[pair] for pair in np.nonzero(np.triu(_related(lists, odd), 1)))
    cross = _apart(now[one], ref[other]) + _apart(now[other], ref[one]) + 2 * MEANING_NOISE
    ratio = (own[one] + own[other]) / cross
    abroad, moved = lists.org[one] != lists.org[other], small[one] | small[other]
    ratio = np.where(abroad & moved, 0, np.where(abroad | moved, ratio / SWAP_FURTHER, ratio))
    swap, fellow = np.full(len(own), np.nan), np.full(len(own), -1)
    order = np.argsort(ratio, kind="stable")
    for mine, theirs in ((one[order], other[order]), (other[order], one[order])):
        better = ~(ratio[order] <= swap[mine])
        swap[mine[better]], fellow[mine[better]] = ratio[order][better], theirs[better]
    return swap, fellow


def _related(lists: _Lists, some: np.ndarray) -> np.ndarray:
    """Which pairs share their organisation, or their line and level."""
    org, line, level = lists.org[some], lists.line[some], lists.level[some]
    same_line = (line[:, None] == line) & (level[:, None] == level)
    return (org[:, None] == org) | same_line


def _settle(lists: _Lists, month: int) -> None:
    """Accept a changed level in its third month, and at once the old level after a dip."""
    now, stepped = lists.total[:, month], _found(lists, month, STEP_RULES)
    copied = lists.evidence["copy_surprise"][:, month] > COPY_SURPRISE
    run = np.where(stepped, np.where(_agrees(lists, month, lists.last), lists.run + 1, 1), 0)
    lists.run = np.where(copied | np.isnan(now), lists.run, run)
    dipped = lists.at(lists.base)[0] < lists.at(lists.older)[0] * (1 - HALVED_SHARE)
    back = dipped & _agrees(lists, month, lists.older)
    settled = stepped & ~copied & (back | (lists.run >= SETTLED))
    for name in STEPS:
        lists.evidence[name][settled, month] = np.nan


def _agrees(lists: _Lists, month: int, earlier: np.ndarray) -> np.ndarray:
    """Which lists make no step from their own earlier month."""
    days, (ref, ref_bands) = lists.days(earlier, month), lists.at(earlier)
    now = lists.total[:, month]
    steps = _against(now, lists.bands[:, month], ref, ref_bands, days)
    rules = [r for r in STEP_RULES if r.evidence_column in steps]
    broken = np.any([steps[r.evidence_column] > r.limit for r in rules], axis=0)
    return (days > 0) & ~broken & ((now > 0) == (ref > 0))


def _measure_parts(lists: _Lists, month: int, ref: np.ndarray, ref_bands: np.ndarray) -> None:
    """Sum each line at each level; charge the rows by which a level differs from most others."""
    figures = np.column_stack([lists.total[:, month], lists.bands[:, month]])
    sums, known = _sums(lists, figures, lists.hidden[:, month])
    stale = (lists.base >= 0) & (lists.days(lists.base, month) == 0)
    before = np.where(stale[:, None], np.nan, np.column_stack([ref, ref_bands]))
    unsound = _found(lists, month)
    for line in np.flatnonzero((np.ptp(sums, axis=0) > 0).any(axis=1) & (known.sum(axis=0) > 1)):
        levels = np.flatnonzero(known[:, line]).tolist()
        parts = {n: np.flatnonzero((lists.level == n) & (lists.line == line)) for n in levels}
        for level, gap in _faults(figures, before, sums[:, line], parts).items():
            rows = _charged(figures, before, gap, parts[level])
            if level == 0:
                # Of many providers: those that another rule has found this month, else the
                # likeliest, so that no sound sender is blamed with it. Measured by planting 34
                # copies without their totals: 12 sound providers were blamed before, then one.
                suspects = parts[0][unsound[parts[0]]]
                rows = suspects if len(suspects) else rows[:1]
            column = int(np.argmax(np.abs(gap)))
            lists.evidence["parts_gap"][rows, month] = np.abs(gap[column])
            lists.detail["gap_column"][rows, month] = column
            for number in levels:
                lists.detail[f"{LEVELS[number]}_sum"][rows, month] = sums[number, line, column]


def _sums(lists: _Lists, figures: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each level's sum of each line, and whether it can be known: nothing in it is hidden."""
    shape = (len(LEVELS), lists.line.max() + 1)
    cell = lists.level * shape[1] + lists.line
    sums = np.zeros((shape[0] * shape[1], 8))
    np.add.at(sums, cell, np.nan_to_num(figures))
    known = np.bincount(cell, ~np.isnan(figures[:, 0]), minlength=len(sums)) > 0
    known &= np.bincount(cell, hidden, minlength=len(sums)) == 0
    return sums.reshape(*shape, 8), known.reshape(shape)


def _faults(
    now: np.ndarray, before: np.ndarray, sums: np.ndarray, parts: dict[int, np.ndarray]
) -> dict[int, np.ndarray]:
    """The levels at fault, each with what it lacks.

    Most levels are believed; where no sum is shared by most, the highest level is charged. When
    only the lowest differs, and the totals lost exactly what it has more, it is the totals that
    forgot a partner: they are made from it.
    """
    lowest, top = min(parts), max(parts)
    agree = {one: sum((sums[one] == sums[other]).all() for other in parts) for one in parts}
    most = max(agree.values())
    leaders = [level for level in parts if agree[level] == most]
    if len(leaders) > most:
        other = next(level for level in leaders if (sums[level] != sums[top]).any())
        return {top: sums[other] - sums[top]}
    gaps = {n: sums[leaders[0]] - sums[n] for n in parts if n not in leaders}
    more = -gaps.get(lowest, np.zeros(1))
    if len(gaps) == 1 and (more >= 0).all() and more.any():
        forgot = _fit(now, before, more, parts[top]).max()
        if forgot > max(CULPRIT_RATIO, _fit(now, before, -more, parts[lowest]).max()):
            return dict.fromkeys(leaders, more)
    return gaps


def _fit(
    now: np.ndarray, before: np.ndarray, gap: np.ndarray, rows: np.ndarray, far: float = np.inf
) -> np.ndarray:
    """How many times nearer each row comes to its last sound month when it is given the gap.

    Nearness is measured in what a list of its size moves by itself; no row counts as further away
    than `far` of that.
    """
    now, before = np.nan_to_num(now[rows]), before[rows]
    usual = MEANING_NOISE + CULPRIT_DRIFT * np.fmax(now[:, 0], before[:, 0])
    apart = np.minimum(_apart(now, before), far * usual)
    fit = np.nan_to_num((apart + usual) / (_apart(now + gap, before) + usual))
    return np.where((now + gap < 0).any(axis=1), 0, fit)


def _charged(now: np.ndarray, before: np.ndarray, gap: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows of a level that can have made the gap, the likeliest first.

    Lists that are empty now and held about the gap before are its makers, and nobody else. Else the
    one that the gap mends best, if plainly; else all that it mends nearly as well, and all
    that fell by half of it or more (gap and fall are projected on each other, so that a rise or an
    exchange of bands counts alike). Where no row can be compared, every list of the level.
    """
    emptied = rows[(np.nan_to_num(now[rows, 0]) == 0) & (before[rows, 0] > 0)]
    held = before[emptied, 0].sum()
    if len(emptied) and gap[0] / EMPTIED_FACTOR <= held <= gap[0] * EMPTIED_FACTOR:
        return emptied
    free = _fit(now, before, gap, rows)
    fit = _fit(now, before, gap, rows, CULPRIT_FAR)
    if not fit.any():
        return rows if np.isnan(now[rows, 0]).all() else rows[~np.isnan(now[rows, 0])]
    best = int(np.argmax(free))
    if fit[best] == fit.max() and (free >= free[best] / PLAIN_RATIO).sum() == 1:
        return rows[[best]]
    fell = (before[rows] - np.nan_to_num(now[rows])) @ gap >= GAP_SHARE * (gap @ gap)
    likely = (fit >= fit.max() / CULPRIT_RATIO) | (fell & (fit > 0))
    return rows[likely][np.argsort(-fit[likely], kind="stable")]


def _measure_partners(lists: _Lists, month: int, ref: np.ndarray, ref_bands: np.ndarray) -> None:
    """Find the totals that fell, and continue themselves once a provider's loss is put back.

    A provider is a partner of the totals that contain it: its ICB's, its region's, the nation's.
    """
    now, bands = lists.total[:, month], np.nan_to_num(lists.bands[:, month])
    lost = _found(lists, month, tuple(r for r in RULES if r.evidence_column in LOSSES))
    share, best = np.full(len(ref), np.nan), np.zeros(len(ref))
    for one in np.flatnonzero(lost & (lists.level == 0)):
        size, gap = ref[one] - np.nan_to_num(now[one]), ref_bands[one] - bands[one]
        whole = lists.places.contain(lists.org[one], month)[lists.org] | (lists.level == 3)
        fell = (lists.line == lists.line[one]) & (lists.level > 0) & whole & (now < ref)
        rows = np.flatnonzero(fell & (size > PARTNER_SHARE * ref))
        mended = _apart((bands[rows] + gap).clip(0), ref_bands[rows]) + MEANING_NOISE
        fit = _apart(bands[rows], ref_bands[rows]) / mended
        better = ((fit > SHIFT_RATIO) | (lists.level[rows] == 3)) & (fit > best[rows])
        share[rows[better]], best[rows[better]] = size / ref[rows[better]], fit[better]
        lists.detail["fellow"][rows[better], month] = one
    _store(lists, month, {"lost_share": share})


def _remember(lists: _Lists, month: int) -> None:
    known = ~np.isnan(lists.total[:, month])
    sound = known & ~_found(lists, month)
    lists.older = np.where(sound, lists.base, lists.older)
    lists.base = np.where(sound, month, lists.base)
    copied = lists.evidence["copy_surprise"][:, month] > COPY_SURPRISE
    lists.last = np.where(known & ~copied, month, lists.last)


def _told(rows: pd.DataFrame, lists: _Lists, series: np.ndarray, month: np.ndarray) -> pd.DataFrame:
    """Put the evidence beside its rows, and add a row for every list that is missing."""
    listed = np.zeros(lists.total.shape, dtype=bool)
    listed[series, month] = True
    missing = [lists.evidence[n] for n in ("vanished_list", "successor_fit", "parts_gap")]
    absent = np.nonzero(~listed & ~np.isnan(missing).all(axis=0))
    rows = pd.concat([rows, _absent_rows(rows, series, month, lists, *absent)], ignore_index=True)
    at = np.append(series, absent[0]), np.append(month, absent[1])
    compared = lists.detail["compared"][at]
    names = pd.Series(rows["org_name"].to_numpy(), index=at[0]).groupby(level=0).last()
    fellow = lists.detail["fellow"][at]
    beside = pd.Series(fellow).map(names + ", " + lists.series["service_line"])
    told = {
        "compared_with": _period(lists, compared),
        "compared_total": np.where(compared < 0, np.nan, lists.total[at[0], compared]),
        "copied_from": _period(lists, lists.detail["copied"][at]),
        "fellow": beside.to_numpy(),
    }
    numbers = ("since", "until", "window_now", "window_bound", *SUMS)
    told |= {name: lists.detail[name][at] for name in numbers}
    return rows.assign(**{n: v[at] for n, v in lists.evidence.items()}, **told)


def _period(lists: _Lists, months: np.ndarray) -> np.ndarray:
    return np.where(months < 0, None, np.array(lists.periods, dtype=object)[months])


def _absent_rows(
    rows: pd.DataFrame,
    series: np.ndarray,
    month: np.ndarray,
    lists: _Lists,
    gone: np.ndarray,
    when: np.ndarray,
) -> pd.DataFrame:
    """One row per missing list, named as in the last month that has it."""
    order = np.lexsort((month, series))
    last = np.searchsorted(series[order] * 1000 + month[order], gone * 1000 + when) - 1
    absent = rows.iloc[order[last]].reset_index(drop=True)
    ends = rows.groupby("period")["period_end"].first()
    absent["period"] = [lists.periods[number] for number in when]
    absent["period_end"] = absent["period"].map(ends)
    absent["status"] = "absent"
    absent[["total", *BANDS]] = pd.NA
    return absent
