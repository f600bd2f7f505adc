"""The rules for waiting lists find what well-formed numbers hide, and blame nothing sound."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from expectations.derive import rules_suite
from expectations.gate import failing_rows
from expectations.suites.waiting_list_sentences import COLUMNS, findings
from expectations.suites.waiting_lists import (
    BANDS,
    FIRST_DAY,
    KEY,
    LEVELS,
    PLACES,
    RULES,
    evidence,
)
from tests.gates.limits import beyond_limits

CASES = yaml.safe_load(Path(__file__).with_name("waiting_list_cases.yaml").read_text("utf-8"))
STILL = [[20, 19, 30, 60, 20, 40, 9], [18, 22, 31, 62, 24, 37, 8]] * 3
HARD = {rule.code for rule in RULES if rule.severity != "note"}


def rows(
    lists: dict,
    start: str = "2030-01",
    places: dict[str, str] | None = None,
    continues: dict[str, dict[str, str]] | None = None,
) -> pd.DataFrame:
    """The lists of a case as a frame, beside one that makes every month known."""
    months = pd.period_range(start, periods=max(map(len, lists.values())), freq="M")
    still = {"STILL / OTHER": [_jittered(number) for number in range(len(months))]}
    made = [
        row
        for name, figures in (still | lists).items()
        for month, figure in zip(months, figures, strict=False)
        if (row := _row(name, month, figure))
    ]
    for row in made:
        above = [*(places or {}).get(row["org_key"], "").split(), None, None]
        row["parent_code"], row["grandparent_code"] = above[:2]
        taken = (continues or {}).get(row["org_key"], {})
        by_then = [whom for month, whom in taken.items() if month <= row["period"]]
        row["predecessor_codes"] = " ".join(by_then) or None
    counts = ["total", *BANDS]
    return pd.DataFrame(made).astype(dict.fromkeys(counts, "Int64"))


def rows_of(case: dict) -> pd.DataFrame:
    return rows(case["lists"], places=case.get("places"), continues=case.get("continues"))


def renamed(lists: pd.DataFrame, how: Callable[[str], str]) -> pd.DataFrame:
    """The lists under other codes, wherever an organisation is named."""
    codes = ["org_key", *PLACES]
    said = {
        name: lists[name].map(lambda said: " ".join(map(how, said.split())), na_action="ignore")
        for name in codes
    }
    return lists.assign(**said)


def _jittered(number: int) -> list[int]:
    return [count + (number * 7 + place * 3) % 5 for place, count in enumerate(STILL[0])]


def _row(name: str, month: pd.Period, figure: str | list[int]) -> dict | None:
    org, line, level = (*name.split(" / "), "provider")[:3]
    if figure == "absent":
        return None
    status = {"blank": "blank", "hidden": "suppressed"}.get(str(figure), "value")
    bands = figure[-7:] if status == "value" else [None] * 7
    total = None if status != "value" else figure[0] if len(figure) == 8 else sum(bands)
    return {
        "basis": "published",
        "period": str(month),
        "period_end": month.end_time.date(),
        "org_level": level,
        "org_code": None,
        "org_name": f"Trust {org}",
        "org_key": org,
        "service_line": line,
        "status": status,
        "total": total,
        **dict(zip(BANDS, bands, strict=True)),
    }


def screen(lists: pd.DataFrame) -> pd.DataFrame:
    judged = evidence(lists)
    return findings(judged, beyond_limits(judged, rules_suite(RULES)))


def blamed(found: pd.DataFrame) -> set[str]:
    """'organisation / line / month' of each finding."""
    return set(found["org_key"] + " / " + found["service_line"] + " / " + found["period"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}: {case['name']}")
def test_each_rule_catches_its_case_and_passes_its_near_miss(case: dict) -> None:
    found = screen(rows_of(case))
    assert blamed(found[found["rule_id"] == case["rule"]]) == set(case.get("caught", []))
    if "caught" not in case:
        assert found[found["rule_id"].isin(HARD)]["message"].to_list() == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_case_and_a_near_miss(rule) -> None:
    kinds = {"caught" in case for case in CASES if case["rule"] == rule.code}
    assert kinds == {True, False}


def cases_together() -> pd.DataFrame:
    """Every case in one frame, each with organisations and lines of its own."""
    frames = [
        renamed(rows_of(case), lambda code, n=number: f"{n}-{code}").assign(
            service_line=lambda f, n=number: f["service_line"] + f" {n}",
        )
        for number, case in enumerate(CASES)
    ]
    months = {str(month) for month in pd.period_range("2030-01", periods=2, freq="M")}
    together = pd.concat(frames, ignore_index=True)
    return together[together["period"].isin(months)]


def test_a_finding_is_a_row_of_evidence_above_its_limit() -> None:
    lists = cases_together()
    judged, found = evidence(lists), screen(lists)
    for rule in RULES:
        failing = judged[judged[rule.evidence_column] > rule.limit]
        told = found[found["rule_id"] == rule.code]
        assert blamed(failing) == blamed(told)
        assert (told["severity"] == rule.severity).all()
        assert (told["scope"] == rule.scope).all()


def test_the_gate_names_the_very_rows_that_are_beyond_their_limits() -> None:
    judged = evidence(cases_together())
    answered = failing_rows(judged, rules_suite(RULES)).sort_values(["rule", "row"])
    expected = beyond_limits(judged, rules_suite(RULES)).sort_values(["rule", "row"])
    assert answered.to_numpy().tolist() == expected.to_numpy().tolist()
    assert set(answered["rule"]) == {rule.code for rule in RULES}


def test_evidence_keeps_every_row_and_adds_only_missing_lists() -> None:
    lists = cases_together()
    judged = evidence(lists)
    added = judged[judged["status"] == "absent"]
    assert len(judged) == len(lists) + len(added)
    assert added["total"].isna().all()
    assert not judged.duplicated([*KEY, "period"]).any()


def test_findings_do_not_depend_on_the_order_of_rows() -> None:
    lists = cases_together()
    shuffled = lists.sample(frac=1, random_state=4)
    pd.testing.assert_frame_equal(screen(lists), screen(shuffled))
    pd.testing.assert_frame_equal(lists, cases_together())


def test_findings_move_with_names_and_months() -> None:
    lists = cases_together()
    moved = renamed(lists, lambda code: f"Z{code[::-1]}").assign(
        org_name="Another Trust",
        period=lists["period"].str.replace("2030", "2018"),
    )
    moved["period_end"] = pd.PeriodIndex(moved["period"], freq="M").to_timestamp(how="end").date
    here, there = screen(lists), screen(moved)
    there["org_key"] = there["org_key"].map(lambda key: key[:0:-1])
    there["period"] = there["period"].str.replace("2018", "2030")
    columns = ["rule_id", "org_level", "org_key", "service_line", "period"]
    order = {"by": columns, "ignore_index": True}
    pd.testing.assert_frame_equal(
        here[columns].sort_values(**order), there[columns].sort_values(**order)
    )


def test_the_month_after_a_copied_one_is_compared_with_the_month_before_it() -> None:
    lists = {"A / SLT": [STILL[0], STILL[0], STILL[1]]}
    judged = evidence(rows(lists)).query("org_key == 'A'").set_index("period")
    assert judged.loc["2030-03", "compared_with"] == "2030-01"


def test_a_level_that_returns_after_a_dip_is_not_blamed() -> None:
    dip = [6, 5, 8, 12, 4, 6, 1]
    lists = {"A / SLT": [STILL[0], dip, STILL[1]]}
    assert set(screen(rows(lists))["rule_id"]) <= {"WL-HALVED"}


def test_a_long_silence_starts_a_list_afresh() -> None:
    lists = rows({"A / SLT": [*STILL[:5], [0, 0, 0, 0, 0, 0, 0]]})
    for known, caught in ((["2030-03", "2030-06"], 1), (["2030-01", "2030-06"], 0)):
        found = screen(lists[lists["period"].isin(known)])
        assert (found["rule_id"] == "WL-ZERO").sum() == caught


def test_a_basis_is_judged_by_itself() -> None:
    published = rows({"A / SLT": [STILL[0], STILL[1]]})
    local = rows({"A / SLT": [STILL[0]]}).assign(basis="local")
    assert screen(pd.concat([published, local])).empty


def test_without_places_nobody_is_a_successor_or_a_partner_but_of_the_nation() -> None:
    lists = cases_together()
    found = screen(lists.drop(columns=list(PLACES)))
    assert "WL-SUCCESSOR" not in set(found["rule_id"])
    assert set(found.loc[found["rule_id"].eq("WL-PARTNER"), "org_level"]) == {"national"}


def test_an_empty_frame_has_no_findings() -> None:
    nothing = screen(rows({"A / SLT": [STILL[0]]}).head(0))
    assert nothing.empty
    assert tuple(nothing.columns) == COLUMNS


def test_every_message_names_organisation_line_and_month_and_ends_as_a_sentence() -> None:
    for finding in screen(cases_together()).itertuples():
        assert finding.org_name in finding.message
        assert finding.service_line in finding.message
        assert "2030" in finding.message
        assert finding.message.endswith(".") and finding.action.endswith(".")
        assert "nan" not in finding.message + finding.observed + finding.expected


def test_every_number_in_a_sentence_is_a_whole_one() -> None:
    lists = cases_together()
    delivered = lists.astype(dict.fromkeys(["total", *BANDS], float))  # as Parquet gives them
    told = screen(delivered)[["observed", "expected", "message"]]
    assert set(screen(delivered)["rule_id"]) == {rule.code for rule in RULES}
    assert not told.stack().str.contains(r"\d\.\d").any()


def test_a_senders_own_list_is_named_by_its_service_and_kept_by_its_code() -> None:
    swapped = {
        "A / SLT": [STILL[0], [70, 3, 4, 9, 1, 2, 80]],
        "A / OT": [[70, 3, 4, 9, 1, 2, 80], STILL[0]],
    }
    found = screen(rows(swapped).assign(basis="local")).query("rule_id == 'WL-SWAP'")
    assert list(found["service_line"]) == ["OT", "SLT"]
    assert "Occupational therapy: the list of February 2030" in found.iloc[0]["message"]
    assert "continues Trust A, Speech and language therapy" in found.iloc[0]["message"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "one region that lost",
            "all regions: 800; all providers, all ICBs and the national row: 1098",
        ),
        ("two levels against two", "no sum is confirmed by most levels, so the finding"),
        ("all totals short", "all providers: 303); the totals leave this number out"),
    ],
)
def test_levels_that_differ_are_told_with_the_sum_of_each(name: str, said: str) -> None:
    case = next(case for case in CASES if case["name"].startswith(name))
    found = screen(rows_of(case)).query("rule_id == 'WL-PARTS'")
    assert found["message"].str.contains(said, regex=False).all() and len(found)


def aged(seed: int, months: int) -> list[list[int]]:
    """Month ends of a service that refers, waits and sees people day by day."""
    random = np.random.default_rng(seed)
    waited = random.integers(0, 500, size=random.integers(50, 800))
    ends = pd.period_range("2030-01", periods=months, freq="M")
    figures = []
    for end in ends:
        for _ in range(end.days_in_month):
            kept = waited[random.random(len(waited)) > random.choice([0.0, 0.004, 0.02])] + 1
            waited = np.append(kept, np.zeros(random.poisson(3), dtype=int))
        figures.append(np.histogram(waited, [*FIRST_DAY, 10**6])[0].tolist())
    return figures


@pytest.mark.parametrize("seed", range(25))
def test_a_service_that_refers_and_sees_people_day_by_day_makes_no_impossible_step(
    seed: int,
) -> None:
    judged = evidence(rows({"A / SLT": aged(seed, 6)}))
    assert not (judged["flow_excess"] > 0).any()


def test_levels_are_known_from_parts_to_whole() -> None:
    assert LEVELS == ("provider", "icb", "region", "national")
