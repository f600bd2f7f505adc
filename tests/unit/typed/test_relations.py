"""What rows promise as a whole, and how the tables of one delivery hang on each other."""

from contextlib import nullcontext
from datetime import date

import pandas as pd
import pytest

from ingest.contracts import Contract, Table, contract_for, load_contracts
from ingest.contracts.model import codes
from ingest.refusals import Refused
from ingest.typed.cells import Delivered
from ingest.typed.conform import Conformed
from ingest.typed.national_identifiers import IDENTIFIERS
from ingest.typed.relations import conform_all
from ingest.typed.text_table import TextTable

PERIOD = "2025-03"
EXTRACT = Delivered(extract_date=date(2025, 4, 3), period=PERIOD)
CASE = {
    "person": {"persontableid": "1", "personbirthdate": "2015-02-28", "sex": "F"},
    "requests": {"requeststableid": "1", "persontableid": "1", "receiveddate": "2023-03-01"},
    "assessment": {
        "assessmenttableid": "1", "requeststableid": "1", "assessmentoutcomedate": "2023-07-01",
    },
    "namedplan": {"namedplantableid": "1", "assessmenttableid": "1", "startdate": "2023-08-01"},
    "plandetail": {"plandetailtableid": "1", "namedplantableid": "1", "urn": "999001"},
    "activeplans": {"activeplanstableid": "1", "requeststableid": "1"},
    "placementdetail": {"placementdetailtableid": "1", "activeplanstableid": "1"},
    "senneed": {"senneedtableid": "1", "activeplanstableid": "1", "sentype": "ASD"},
}  # fmt: skip
"""One child's case, from request to placement."""
YOUNG_PERSON = {
    "month": "2025-03-01",
    "young_person_id": "1",
    "birth_date": "2007-08-31",
    "la_code": "344",
    "activity_code": "210",
    "send_flag": "N",
}
MATCH = {
    "nhs_number": "9990000018",
    "upn": "A344000000010",
    "valid_from": "2020-01-01",
    "match_basis": "traced",
}


def text_table(table: Table, rows: list[dict]) -> TextTable:
    index = pd.RangeIndex(2, 2 + len(rows), name="source_row")
    names = [column.name for column in table.columns]
    return TextTable(table.name, pd.DataFrame(rows, index, names, dtype=object), "utf-8")


def conformed(feed: str, facts: Delivered = EXTRACT, **rows: list[dict]) -> dict[str, Conformed]:
    contract = contract_for(feed, PERIOD)
    texts = {name: text_table(contract.table(name), of) for name, of in rows.items()}
    return conform_all(texts, contract, facts)


def cases(count: int, **changed: dict) -> dict[str, list[dict]]:
    """So many children's cases; ``changed`` is what the first has otherwise, by table."""
    return {
        name: [
            {key: str(n) if value == "1" else value for key, value in row.items()}
            | (changed.get(name, {}) if n == 1 else {})
            for n in range(1, count + 1)
        ]
        for name, row in CASE.items()
    }


def upn_of(number: int) -> str:
    digits = f"3440000{number:05d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(2, 14), strict=True))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + digits


def told(result: dict[str, Conformed], name: str) -> list[tuple[int, str, str, str]]:
    rejects = result[name].rejects
    return list(
        rejects[["source_row", "column", "rule", "outcome"]].itertuples(index=False, name=None)
    )


def casework(**changed: dict) -> dict[str, Conformed]:
    return conformed("sen2_ehc", **cases(9, **changed))


def test_every_rule_names_columns_that_its_table_or_an_ancestor_has():
    for contract in load_contracts():
        for table in contract.tables:
            for rule in table.rules:
                facts = rule.model_dump(exclude={"id", "description", "outcome", "age_between"})
                given = (facts.pop("given") or "").partition("=")[0]
                for name in [given, *(n for kind in facts.values() for n in kind or ())]:
                    above, _, own = name.rpartition(".")
                    assert not name or (contract.table(above) if above else table).column(own)


def test_a_sound_case_is_kept_whole_and_a_table_that_may_be_missing_is_empty():
    result = casework()
    assert [len(table.kept) for table in result.values()] == [0, *[9] * 8]
    assert list(result) == ["sen2", *CASE]
    assert not any(len(table.rejects) for table in result.values())


@pytest.mark.parametrize(
    ("table", "row", "rule"),
    [
        ("requests", {"persontableid": "77"}, "R-PARENT"),
        ("requests", {"persontableid": None}, "R-REQ"),
        ("requests", {"receiveddate": "2015-02-27"}, "R-OLD"),
        ("assessment", {"assessmentoutcomedate": "2015-02-27"}, "R-OLD"),
        ("namedplan", {"startdate": "2015-02-27", "ceasedate": "2015-02-28"}, "R-OLD"),
        ("namedplan", {"ceasedate": "2024-01-01"}, "S6"),
        ("namedplan", {"ceasedate": "2023-07-31", "ceasereason": "1"}, "S9"),
        ("senneed", {"sentype": "?!"}, "R-CODE"),
    ],
)
def test_a_row_that_breaks_a_promise_is_set_aside(table, row, rule):
    result = casework(**{table: row})
    assert result[table].quarantined == 1 and 2 not in result[table].kept.index
    assert rule in [r for _, _, r, outcome in told(result, table) if outcome == "quarantine"]


@pytest.mark.parametrize(
    ("changed", "table", "rule"),
    [
        ({"requests": {"requestoutcomedate": "2023-02-28"}}, "requests", "S2"),
        ({"assessment": {"assessmentoutcomedate": "2023-02-28"}}, "assessment", "S2"),
        ({"namedplan": {"startdate": "2023-06-30"}}, "namedplan", "S2"),
        ({"assessment": {"week20": "true"}}, "assessment", "S8"),
        ({"person": {"upn": "B344000000010"}}, "person", "R-ID"),
    ],
)
def test_a_warning_keeps_the_row_and_tells_its_sender(changed, table, rule):
    result = casework(**changed)
    assert [(row, r, o) for row, _, r, o in told(result, table)] == [(2, rule, "warning")]
    assert result[table].quarantined == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"requests": {"receiveddate": "2023-03-01", "requestoutcomedate": "2023-03-01"}},
        {"namedplan": {"ceasedate": "2023-08-01", "ceasereason": "9.0"}},
        {"assessment": {"week20": "1.0", "week20_ground": "b"}},
        {"assessment": {"week20": "0", "assessmentoutcomedate": None}},
        {"activeplans": {"phasetransferduedate": "2026-02-15"}},
        {"placementdetail": {"entrydate": "2025-09-01"}},
        {"person": {"personbirthdate": "1998-03-02"}, "namedplan": {"startdate": "2024-03-01"}},
    ],
)
def test_a_case_that_only_looks_odd_is_kept(changed):
    assert not any(len(table.rejects) for table in casework(**changed).values())


def test_an_order_that_is_broken_above_is_told_there_alone():
    result = casework(requests={"requestoutcomedate": "2023-02-28"})
    assert [len(table.rejects) for table in result.values()] == [0, 0, 1, *[0] * 6]


def test_ages_are_judged_by_the_birth_date_of_the_person_above():
    result = casework(person={"personbirthdate": "1998-03-01"})
    assert told(result, "requests") == [
        (2, "person.personbirthdate, receiveddate", "S5", "quarantine")
    ]


def test_a_person_who_is_set_aside_takes_the_whole_case_along():
    result = casework(person={"sex": "?!"})
    quarantined = {name: table.quarantined for name, table in result.items()}
    assert quarantined == dict.fromkeys(CASE, 1) | {"sen2": 0}
    why = result["senneed"].rejects["why"]
    assert list(why) == ["its row in activeplans is set aside"]


def test_the_rows_of_a_family_that_is_set_aside_do_not_refuse_the_delivery():
    rows = cases(30, person={"sex": "?!"})
    rows["requests"][:29] = [{**row, "persontableid": "1"} for row in rows["requests"][:29]]
    result = conformed("sen2_ehc", **rows)
    assert result["requests"].quarantined == 29 and result["person"].quarantined == 1


def test_a_table_that_may_be_empty_is_not_emptied_by_its_own_faults():
    rows = cases(2)
    rows["senneed"] = [{**row, "sentype": "?!"} for row in rows["senneed"]]
    with pytest.raises(Refused, match="senneed: 2 of 2 rows break a rule"):
        conformed("sen2_ehc", **rows)
    del rows["senneed"][0]
    with pytest.raises(Refused, match="R-BAD at senneed"):
        conformed("sen2_ehc", **rows)


def test_a_table_may_be_emptied_with_its_parent():
    rows = cases(9, person={"sex": "?!"})
    rows["senneed"] = rows["senneed"][:1]
    assert conformed("sen2_ehc", **rows)["senneed"].quarantined == 1


def test_too_many_rows_whose_parent_was_never_sent_refuse_the_delivery():
    rows = cases(9)
    rows["senneed"] = [
        {**row, "activeplanstableid": f"9{n}"} for n, row in enumerate(rows["senneed"])
    ]
    with pytest.raises(Refused, match="senneed: 9 of 9 rows break a rule") as refused:
        conformed("sen2_ehc", **rows)
    assert refused.value.rule == "R-BAD" and refused.value.where == "senneed"
    assert set(refused.value.rejects["table"]) == {"senneed"}
    assert list(refused.value.rejects["why"].unique()) == [
        "activeplans has no row with this number"
    ]


def test_a_refusal_for_bad_rows_lists_those_of_every_table_and_says_which_only_lost_a_row():
    rows = cases(20)
    for n in range(8):
        rows["person"][n]["sex"] = "?!"
    with pytest.raises(Refused, match="person: 8 of 20 rows break a rule") as refused:
        conformed("sen2_ehc", **rows)
    assert set(refused.value.rejects["table"]) == set(CASE)
    for n in range(5):
        rows["namedplan"][19 - n]["ceasedate"] = "2024-01-01"
    with pytest.raises(Refused, match="and 8 more refer to a row that is set aside"):
        conformed("sen2_ehc", **rows)


def test_numbers_that_a_program_wrote_as_floats_still_find_their_parent():
    result = casework(person={"persontableid": "1.0"}, senneed={"activeplanstableid": "1.00"})
    assert not any(table.quarantined for table in result.values())


def test_two_people_under_one_number_leave_nobody_knows_whose_request_it_is():
    rows = cases(9)
    rows["person"][1]["persontableid"] = "1"
    rows["person"][1]["sex"] = "M"
    result = conformed("sen2_ehc", **rows)
    assert [rule for _, _, rule, _ in told(result, "person")] == ["R-DUPKEY"] * 2
    assert result["requests"].rejects["why"].tolist() == [
        "its row in person is set aside", "person has no row with this number",
    ]  # fmt: skip


def test_a_table_without_rows_is_refused_unless_it_may_be_empty_or_the_return_is_nil():
    rows = cases(2) | {"assessment": [], "namedplan": [], "plandetail": []}
    assert conformed("sen2_ehc", **rows)["assessment"].landed == 0
    with pytest.raises(Refused, match="R-EMPTY at requests"):
        conformed("sen2_ehc", **rows | {"requests": []})
    nil = Delivered(date(2025, 4, 3), is_nil_return=True, period=PERIOD)
    assert conformed("sen2_ehc", nil, person=[], requests=[])["person"].kept.empty


def test_an_identifier_of_two_birth_dates_links_nobody_and_both_people_stay():
    rows = cases(9)
    for n in (0, 1):
        rows["person"][n] |= {"upn": "a344000000010", "uniquelearnernumber": "9990000009"}
    rows["person"][1]["personbirthdate"] = "2016-05-05"
    result = conformed("sen2_ehc", **rows)
    assert told(result, "person") == [
        (row, column, "R-IDDUP", "warning")
        for row in (2, 3)
        for column in ("uniquelearnernumber", "upn")
    ]
    kept = result["person"].kept
    assert len(kept) == 9 and kept[["upn", "uniquelearnernumber"]].isna().all(axis=None)


def test_one_person_twice_keeps_the_identifier():
    rows = cases(9)
    for n in (0, 1):
        rows["person"][n]["upn"] = "A344000000010"
    result = conformed("sen2_ehc", **rows)
    assert result["person"].kept["upn"].notna().sum() == 2 and result["person"].rejects.empty


@pytest.mark.parametrize(
    ("month", "born", "age", "differs"),
    [
        ("2025-03-01", "2007-08-31", "17", False),
        ("2025-03-01", "2007-09-01", "16", False),
        ("2025-03-01", "2007-09-01", "17", True),
        ("2025-08-01", "2007-08-31", "17", False),
        ("2025-09-01", "2007-08-31", "18", False),
        ("2025-09-01", "2007-08-31", "17", True),
        ("2025-03-01", "2007-08-31", None, False),
        (None, "2007-09-01", "16", False),
        (None, "2007-09-01", "17", True),
    ],
)
def test_the_academic_age_is_that_of_the_last_31_august(month, born, age, differs):
    period = (month or PERIOD)[:7]
    facts = Delivered(date(2025, 10, 3), period=period)
    row = YOUNG_PERSON | {"month": month, "birth_date": born, "academic_age": age}
    result = conformed("ccis", facts, young_people=[row])
    assert [rule for *_, rule, _ in told(result, "young_people")] == ["CC1"] * differs


@pytest.mark.parametrize("cell", ["2025-02-28", "2025-04-01"])
def test_a_row_of_another_month_refuses_the_delivery(cell):
    rows = [YOUNG_PERSON, YOUNG_PERSON | {"young_person_id": "2", "month": cell}]
    with pytest.raises(Refused, match=r"R-PERIOD at young_people, column month"):
        conformed("ccis", young_people=rows)


def test_any_day_of_the_month_states_the_month():
    result = conformed("ccis", young_people=[YOUNG_PERSON | {"month": "31-Mar-25"}])
    assert len(result["young_people"].kept) == 1


@pytest.mark.parametrize(
    "second",
    [
        {"upn": "P344000000011"},
        {"upn": "P344000000011", "valid_from": "2021-01-01"},
        {"upn": "P344000000011", "valid_from": "2019-01-01", "valid_to": "2020-01-01"},
        {"nhs_number": "9990000026"},
        {"nhs_number": "9990000026", "valid_from": "2024-05-01", "valid_to": "2024-05-01"},
    ],
)
def test_an_identifier_that_is_current_for_two_is_current_for_none(second):
    others = [
        MATCH | {"nhs_number": n, "upn": u}
        for n, u in (("9990000034", "D344000000012"), ("9990000042", "T344000000013"))
    ]
    result = conformed("identity_map", identities=[MATCH, MATCH | second, *others])
    assert [(row, rule) for row, _, rule, _ in told(result, "identities")] == [
        (2, "IM1"), (3, "IM1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "second",
    [
        {"upn": "P344000000011", "valid_from": "2018-01-01", "valid_to": "2019-12-31"},
        {"upn": None, "uln": "9990000009"},
        {"nhs_number": "9990000026", "upn": None, "uln": "9990000009"},
        {"valid_from": "2021-01-01", "match_basis": "declared"},
    ],
)
def test_an_identifier_that_passes_to_its_successor_stays(second):
    result = conformed("identity_map", identities=[MATCH, MATCH | second])
    assert result["identities"].rejects.empty


def test_one_number_in_every_row_of_a_map_is_found_without_comparing_each_with_each():
    rows = [MATCH | {"upn": upn_of(n)} for n in range(20_000)]
    with pytest.raises(Refused, match=r"20000 of 20000 rows break a rule .20000 x IM1"):
        conformed("identity_map", identities=rows)


def test_a_match_without_an_education_number_is_set_aside():
    result = conformed("identity_map", identities=[MATCH, MATCH | {"upn": "TBC"}])
    assert [rule for *_, rule, _ in told(result, "identities")] == ["IM2"]


def test_matches_that_differ_only_in_what_they_say_beside_the_key_clash():
    other = MATCH | {"nhs_number": "9990000034", "upn": "D344000000012"}
    rows = [MATCH, MATCH | {"match_basis": "manual"}, other]
    result = conformed("identity_map", identities=rows)
    assert [rule for *_, rule, _ in told(result, "identities")] == ["R-DUPKEY"] * 2


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"decision": "A"}, "AR2"),
        ({"decision": "M"}, "AR3"),
        ({"decision": "M", "decision_date": "2025-02-01"}, None),
        ({"decision": "A", "final_amended_plan_date": "2025-02-01"}, None),
        ({"decision": "A", "amendment_notice_date": "not applicable"}, "AR2"),
        ({"decision": "C"}, None),
        ({"decision_date": "2024-12-31"}, "AR1"),
    ],
)
def test_a_decision_needs_the_date_that_belongs_to_it(row, rule):
    review = {"review_id": "1", "case_id": "1", "meeting_date": "2025-01-01"}
    review["review_type"], *_ = codes("review_types")
    result = conformed("annual_reviews", reviews=[review | row, review | {"review_id": "2"}])
    assert [r for *_, r, _ in told(result, "reviews")] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("measure", "denominator", "is_refused"),
    [("laspb_actions", "", True), ("laspb_actions", "14", False), ("laspb_decisions", "", False)],
)
def test_a_share_of_a_scorecard_has_its_whole_and_a_count_needs_none(
    measure, denominator, is_refused
):
    """Which measures are shares stands in their list, where a whole is described."""
    row = {"month": "2025-03-01", "measure": measure, "numerator": "11", "denominator": denominator}
    with pytest.raises(Refused, match="SS2 in measure") if is_refused else nullcontext():
        conformed("service_scorecard", measures=[row])


def test_a_school_reopens_after_the_day_on_which_it_closed():
    days = [("2025-07-23", "2025-09-01"), ("2025-10-25", "2025-10-25")]
    rows = [{"urn": "999001", "closed_from": a, "reopens": b} for a, b in days]
    result = conformed("school_closures", closures=rows)
    assert [(row, rule) for row, _, rule, _ in told(result, "closures")] == [(3, "SC1")]


def test_a_parent_stands_above_its_children_in_the_contract():
    facts = contract_for("sen2_ehc", PERIOD).model_dump()
    with pytest.raises(ValueError, match="person must stand above it"):
        Contract.model_validate(facts | {"tables": facts["tables"][2:]})


@pytest.mark.parametrize(("code", "rules"), [("720", ["R-CODE"]), ("710", []), ("550", [])])
def test_a_code_that_ended_before_contracts_began_is_none(code, rules):
    rows = [YOUNG_PERSON | {"activity_code": code}, YOUNG_PERSON | {"young_person_id": "2"}]
    result = conformed("ccis", young_people=rows)
    assert [rule for _, _, rule, _ in told(result, "young_people")] == rules


LEARNER, OTHER_LEARNER = "9992000006", "9992000715"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(None, ["CC6"]), ("P", ["CC6"]), ("G", ["CC6"]), ("T", []), ("d", []), ("X", ["R-CODE"])],
)
def test_whoever_is_in_the_cohort_has_an_activity_and_whoever_has_left_may_have_none(
    status, outcome
):
    rows = [
        YOUNG_PERSON | {"activity_code": None, "cohort_status": status},
        YOUNG_PERSON | {"young_person_id": "2"},
    ]
    result = conformed("ccis", young_people=rows)
    assert [rule for _, _, rule, _ in told(result, "young_people")] == outcome


def again(feed: str, table: str, **rows: list[dict]) -> list[tuple[int, str, str]]:
    """Rows that stand there again: row, columns and where else."""
    found = conformed(feed, **rows)[table].again
    assert set(found["rule"]) <= {"R-TWICE"} and set(found["outcome"]) <= {"warning"}
    return list(found[["source_row", "column", "why"]].itertuples(index=False, name=None))


def test_one_person_on_two_rows_of_a_return_is_told_with_both_rows_and_both_are_kept():
    rows = [
        YOUNG_PERSON | {"young_person_id": str(n), "uln": uln}
        for n, uln in enumerate([LEARNER, OTHER_LEARNER, None, None, LEARNER])
    ]
    assert again("ccis", "young_people", young_people=rows) == [
        (2, "uln", "also in row 6"),
        (6, "uln", "also in row 2"),
    ]
    result = conformed("ccis", young_people=rows)["young_people"]
    assert len(result.kept) == 5 and result.rejects.empty


@pytest.mark.parametrize(
    ("changed", "columns"),
    [
        ({}, ["uln"] * 2),
        ({"cohort_status": "G"}, ["uln"] * 2),
        ({"cohort_status": "M"}, []),
        ({"cohort_status": "T"}, []),
        ({"uln": OTHER_LEARNER}, []),
        ({"uln": "9992000007"}, []),
        ({"birth_date": "2007-08-30"}, []),
        ({"birth_date": "2007-02-31"}, []),
        ({"young_person_id": "1", "uln": None, "cohort_status": "G"}, ["young_person_id"] * 2),
        ({"young_person_id": "1", "uln": None, "cohort_status": "E"}, []),
        ({"upn": "A344000000010"}, ["uln"] * 2),
    ],
)
def test_two_rows_are_one_person_by_a_sound_number_of_somebody_in_the_cohort(changed, columns):
    rows = [
        YOUNG_PERSON | {"uln": LEARNER, "cohort_status": "P"},
        YOUNG_PERSON | {"young_person_id": "2", "uln": LEARNER} | changed,
        *[YOUNG_PERSON | {"young_person_id": f"more {n}"} for n in range(9)],
    ]
    assert [column for _, column, _ in again("ccis", "young_people", young_people=rows)] == columns


def test_one_number_on_many_rows_names_the_first_few_of_the_others():
    rows = [YOUNG_PERSON | {"young_person_id": str(n), "uln": LEARNER} for n in range(60)]
    found = again("ccis", "young_people", young_people=rows)
    assert len(found) == 60
    assert found[0] == (2, "uln", "also in row 3, 4, 5, 6, 7 and 54 more")
    assert found[9] == (11, "uln", "also in row 2, 3, 4, 5, 6 and 54 more")


THERAPY = {
    "referral_id": "1", "nhs_number": "9990000018", "birth_date": "2015-02-28", "service": "SLT",
    "referral_received_date": "2024-03-01",
}  # fmt: skip
PATHWAY = THERAPY | {"pathway": "autism", "provider_code": "RXA"}
BRANCH = THERAPY | {"service": None}
GONE = THERAPY | {"discharge_date": "2024-06-01"}
CLOSED = PATHWAY | {"closed_date": "2024-06-01"}
REVIEW = {
    "review_id": "1", "case_id": "1", "upn": "A344000000010", "review_type": "annual",
    "meeting_date": "2025-01-10",
}  # fmt: skip
ADVICE = {
    "advice_id": "1", "case_id": "1", "upn": "A344000000010", "advice_body": "ep",
    "requested_date": "2025-01-10",
}  # fmt: skip
APPEAL = {
    "appeal_id": "1", "case_id": "1", "appeal_type": "cease", "registered_date": "2025-01-10",
}  # fmt: skip


@pytest.mark.parametrize(
    ("feed", "table", "row", "key", "other"),
    [
        ("therapy_ptl", "referrals", THERAPY, "referral_id", {"service": "OT"}),
        ("therapy_ptl", "referrals", THERAPY, "referral_id", {"discharge_date": "2024-06-01"}),
        ("therapy_ptl", "referrals", THERAPY, "referral_id", {"nhs_number": None}),
        ("therapy_ptl", "referrals", GONE, "referral_id", {"referral_received_date": "2024-03-02"}),
        ("nd_pathway", "referrals", CLOSED, "referral_id", {"pathway": "adhd"}),
        ("nd_pathway", "referrals", CLOSED, "referral_id", {"closed_date": None}),
        (
            "cyp_mh",
            "referrals",
            BRANCH | {"closed_date": "2024-06-01"},
            "referral_id",
            {"referral_received_date": "2024-03-02"},
        ),
        ("nd_pathway", "referrals", PATHWAY, "referral_id", {"pathway": "adhd"}),
        ("nd_pathway", "referrals", PATHWAY, "referral_id", {"closed_date": "2024-06-01"}),
        ("cyp_mh", "referrals", BRANCH, "referral_id", {"record_type": "digital_assessment"}),
        ("cyp_mh", "referrals", BRANCH, "referral_id", {"closed_date": "2024-06-01"}),
        ("annual_reviews", "reviews", REVIEW, "review_id", {"meeting_date": "2025-01-11"}),
        ("annual_reviews", "reviews", REVIEW, "review_id", {"upn": None}),
        ("ehc_advice", "advice", ADVICE, "advice_id", {"advice_body": "health"}),
        ("ehc_advice", "advice", ADVICE, "advice_id", {"requested_date": "2025-01-11"}),
        ("tribunals", "appeals", APPEAL, "appeal_id", {"appeal_type": "contents"}),
        ("tribunals", "appeals", APPEAL, "appeal_id", {"registered_date": "2025-01-11"}),
        ("identity_map", "identities", MATCH, "", {"valid_to": "2024-12-31"}),
    ],
)
def test_who_stands_in_a_list_twice_for_one_thing_is_told_and_who_stands_there_for_two_is_not(
    feed, table, row, key, other
):
    columns = {column.name for column in contract_for(feed, PERIOD).table(table).columns}
    row = {name: cell for name, cell in row.items() if name in columns}
    second = row | ({key: "2"} if key else {"valid_from": "2025-01-01"})
    assert [n for n, _, _ in again(feed, table, **{table: [row, second]})] == [2, 3]
    assert again(feed, table, **{table: [row | other, second]}) == []


def test_a_child_with_two_person_records_in_the_casework_is_told():
    rows = cases(3)
    for number in (0, 2):
        rows["person"][number]["upn"] = upn_of(7)
    assert [row for row, _, _ in again("sen2_ehc", "person", **rows)] == [2, 4]


def test_every_list_of_people_says_who_stands_there_twice():
    """By a rule, or because the number of the person is part of the key."""
    for contract in load_contracts():
        people = {
            column.name
            for table in contract.tables
            for column in table.columns
            if column.type in IDENTIFIERS
        }
        if people and not any(people & {*table.key} for table in contract.tables):
            rules = [rule for table in contract.tables for rule in table.rules]
            assert any(rule.once for rule in rules), contract.feed
