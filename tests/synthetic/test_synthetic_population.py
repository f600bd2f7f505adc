"""The invented population: one set of children in the files of every feed and form."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import python_calamine

from ingest.synthetic import days, feed_defects
from ingest.synthetic.ehc_people import SETTINGS
from ingest.synthetic.feed_samples import feed_samples
from ingest.synthetic.monthly_files import FEEDS, simulate, write_deliveries
from ingest.synthetic.sen2_ehc import COLUMNS, PARENTS
from ingest.synthetic.sen2_forms import ELEMENTS

MONTHS = ["2024-12", "2025-01", "2025-02"]
"""The casework extract comes as XML, as a workbook and as CSV files; ccis as XML, CSV, XML."""
OTHERS = tuple(feed for feed in FEEDS if feed != "therapy_ptl")
NEET = {"540", "550", "610", "615", "616", "619", "620", "630", "640", "650", "660", "670", "680"}
UNKNOWN = {"810", "820", "830"}
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def tables(path: Path) -> dict[str, pd.DataFrame]:
    """Read a CSV file or workbook as text, plainly; the index is the source row."""
    if path.suffix == ".csv":
        sheets = {"": list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))}
    else:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = {n: book.get_sheet_by_name(n).to_python() for n in book.sheet_names}
    return {name: _frame(rows) for name, rows in sheets.items()}


def _frame(rows: list[list[object]]) -> pd.DataFrame:
    text = [[str(cell) for cell in row] for row in rows[1:]]
    return pd.DataFrame(text, columns=rows[0], index=range(2, len(rows) + 1), dtype=object)


def delivered(folder: Path, feed: str, month: str, sender: str = "E08000015") -> pd.DataFrame:
    """Read the one table of a feed's CSV file or workbook."""
    stem = f"{feed}_{sender}_{month.replace('-', '')}_01"
    (path,) = (p for p in folder.glob(f"{stem}.*") if "manifest" not in p.name)
    (table,) = tables(path).values()
    return table


def casework(folder: Path, month: str) -> dict[str, pd.DataFrame]:
    """Read the extract of a month that comes as a workbook or CSV set; ISO dates."""
    stem = f"sen2_ehc_E08000015_{month.replace('-', '')}_01"
    if (folder / f"{stem}.xlsx").exists():
        return tables(folder / f"{stem}.xlsx")
    read = {name: tables(folder / f"{stem}_{name}.csv")[""] for name in COLUMNS}
    return {name: rows.map(plain_date) for name, rows in read.items()}


def plain_date(text: str) -> str:
    """Turn ``2024-Sep-28 00:00:00`` into an ISO date, another way than the generator does."""
    found = re.fullmatch(r"(\d{4})-([A-Z][a-z]{2})-(\d\d) 00:00:00", text)
    if not found:
        return text
    month = "JanFebMarAprMayJunJulAugSepOctNovDec".index(found[2]) // 3 + 1
    return f"{found[1]}-{month:02d}-{found[3]}"


def month_end(month: str) -> str:
    """Give the last day of a month as an ISO date."""
    return str((np.datetime64(month, "M") + 1).astype("datetime64[D]") - 1)


def days_between(first: str, last: str) -> int:
    """Count days from one ISO date to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def text_of(element: ElementTree.Element, tag: str) -> str:
    """Give the text of a child element, '' for none."""
    return element.findtext(tag) or ""


def young_people(folder: Path, month: str) -> pd.DataFrame:
    """Read a month's cohort from XML or CSV, plainly, with age and upn, flag as Y or N."""
    path = folder / f"ccis_E08000015_{month.replace('-', '')}_01.xml"
    if not path.exists():
        rows = delivered(folder, "ccis", month)
        facts = rows[["birth_date", "activity_code", "due_to_lapse_date", "send_flag", "upn",
                      "cohort_status"]]  # fmt: skip
        facts = facts.assign(send_flag=facts.send_flag.map({"1": "Y", "0": "N"}))
    else:
        tags = ("DOB", "ActivityCode", "DueToLapseDate", "SENDFlag", "UniquePupilNumber",
                "CohortStatus")  # fmt: skip
        records = ElementTree.parse(path).getroot().findall("YoungPersonsRecord")
        facts = pd.DataFrame([[r.findtext(f".//{tag}") or "" for tag in tags] for r in records])
    facts.columns = ["birth_date", "code", "lapse", "send", "upn", "status"]
    facts = facts[facts.status == "P"]
    year = int(month[:4]) - (month[5:] < "09")
    started = facts.birth_date.str[5:7].ge("09")
    return facts.assign(age=year - facts.birth_date.str[:4].astype(int) - started)


def figures_of_2024(folder: Path) -> dict[str, float]:
    """Count calendar 2024 from the extract of December 2024, and NEET from winter, plainly."""
    people = ElementTree.parse(folder / "sen2_ehc_E08000015_202412_01.xml").getroot()
    requests = [r for r in people.iter("Requests") if text_of(r, "RequestOutcome") != "H"]
    received = [r for r in requests if text_of(r, "ReceivedDate")[:4] == "2024"]
    decided = [r for r in requests if text_of(r, "RequestOutcomeDate")[:4] == "2024"]
    waits, counted = [], []
    for request in requests:
        for plan in request.iter("NamedPlan"):
            start = text_of(plan, "StartDate")
            if start[:4] == "2024":
                days = days_between(text_of(request, "ReceivedDate"), start)
                waits.append(days)
                flags = ("RequestMediation", "RequestTribunal", "Week20", "OtherTribunal",
                         "OtherMediation", "AssessmentMediation", "AssessmentTribunal")  # fmt: skip
                if not any(request.findtext(f".//{flag}") == "1" for flag in flags):
                    counted.append(days)
    in_six = [
        days_between(text_of(r, "ReceivedDate"), text_of(r, "RequestOutcomeDate")) <= 42
        for r in decided
    ]
    out, cohort = 0, 0
    for month in MONTHS:
        young = young_people(folder, month)
        young = young[young.age.isin([16, 17]) & (young.code != "710")]
        lapsed = (young.lapse != "") & (young.lapse < month_end(month))
        out += (young.code.isin(NEET | UNKNOWN) | lapsed).sum()
        cohort += len(young)
    refused = sum(text_of(r, "RequestOutcome") == "N" for r in received)
    return {
        "requests": len(received),
        "refused_pct": 100 * refused / len(received),
        "decided_in_6_weeks_pct": 100 * float(np.mean(in_six)),
        "plans_issued": len(waits),
        "in_20_weeks_pct": 100 * float(np.mean(np.array(counted) <= 140)),
        "in_20_weeks_inc_pct": 100 * float(np.mean(np.array(waits) <= 140)),
        "over_52_weeks_pct": 100 * float(np.mean(np.array(waits) > 364)),
        "open_plans": len(list(people.iter("ActivePlans"))),
        "neet_or_not_known_pct": 100 * out / cohort,
        "cohort_16_17": cohort / len(MONTHS),
    }


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of Wirral, all feeds, without defects but those that YAML declares."""
    folder = tmp_path_factory.mktemp("sound")
    assert write_deliveries(folder, MONTHS).defect.eq("declared").all()
    return folder


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """Two of the months with one row in a hundred spoilt, and the answer key."""
    folder = tmp_path_factory.mktemp("spoilt")
    return folder, write_deliveries(folder, MONTHS[:2], defects=0.01, feeds=OTHERS)


def hashes(folder: Path) -> dict[str, str]:
    """Give each file's sha256."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_figures_of_2024_lie_near_the_published_ones(sound: Path) -> None:
    published = {
        "requests": (1443, 1443 * 0.92, 1443 * 1.08), "refused_pct": (8.7, 7, 11),
        "decided_in_6_weeks_pct": (37.9, 30, 46), "plans_issued": (749, 700, 770),
        "in_20_weeks_pct": (12.6, 9, 17), "in_20_weeks_inc_pct": (12.6, 9, 17),
        "over_52_weeks_pct": (21.4, 16, 27), "open_plans": (4858, 4600, 5000),
        "neet_or_not_known_pct": (4.9, 4, 6), "cohort_16_17": (7300, 7000, 7900),
    }  # fmt: skip
    found = figures_of_2024(sound)
    assert found.keys() == published.keys()
    for name, (_, low, high) in published.items():
        assert low <= found[name] <= high, (name, found[name])


@pytest.mark.parametrize("seed", [2024, 7])
def test_the_share_decided_in_six_weeks_moves_from_month_to_month_as_chance_does(seed: int) -> None:
    """Of 110 decisions a month the share's standard error is 5 points, of a difference 7."""
    cases = simulate(1, seed, days.month_end("2025-12")).cases
    decided = cases[(cases.kind == "request") & (cases.decided < days.month_end("2025-12"))]
    month = days.months_of(decided.decided.to_numpy())
    in_six = (decided.decided - decided.received <= 42).groupby(month).mean() * 100
    steps = in_six[in_six.index >= days.months_of(days.month_end("2023-07"))].diff().abs()
    assert steps.mean() < 8
    assert steps.max() < 25
    by_year = (decided.decided - decided.received <= 42).groupby(1970 + month // 12).mean() * 100
    for year, published in {2023: 63.0, 2024: 37.9}.items():
        assert by_year[year] == pytest.approx(published, abs=5)


@pytest.mark.soak
def test_a_longer_span_does_not_change_a_file(tmp_path: Path) -> None:
    write_deliveries(tmp_path / "short", ["2024-12"], areas=2, defects=0.01, feeds=OTHERS)
    write_deliveries(tmp_path / "long", ["2024-12", "2026-09"], areas=2, defects=0.01, feeds=OTHERS)
    short, long = hashes(tmp_path / "short"), hashes(tmp_path / "long")
    assert short.items() <= long.items()
    senders = {re.split(r"_(?=[A-Z])", name)[1].split("_")[0] for name in long}
    assert senders == {"RXA", "RBS", "BRANCH", "E08000015", "Z002C", "Z002L", "Z002M"}
    assert "school_closures_Z002L_202609_01.csv" in long
    assert not {n for n in long if "school_closures" in n and "202510" in n}


def test_every_form_occurs_under_its_name(sound: Path) -> None:
    names = {path.name for path in sound.iterdir()}
    council = "E08000015"
    assert f"sen2_ehc_{council}_202412_01.xml" in names
    assert f"sen2_ehc_{council}_202501_01.xlsx" in names
    for table in COLUMNS:
        assert f"sen2_ehc_{council}_202502_01_{table}.csv" in names
    assert f"ccis_{council}_202501_01.csv" in names
    assert f"ehc_advice_{council}_202501_01.csv" in names
    assert f"ehc_advice_{council}_202502_01.xlsx" in names
    assert {f"nd_pathway_{sender}_202501_01.csv" for sender in ("RXA", "RBS")} <= names
    assert {f"cyp_mh_{sender}_202501_01.csv" for sender in ("RXA", "BRANCH")} <= names
    assert [name for name in names if name.startswith("school_closures") and "man" not in name] == [
        f"school_closures_{council}_202412_01.csv"
    ]


def test_a_manifest_vouches_for_every_file_of_its_submission(sound: Path) -> None:
    vouched = set()
    for path in sound.glob("*.manifest.csv"):
        for fields in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))):
            data = sound / fields["file_name"]
            assert data.name.startswith(path.name.removesuffix(".manifest.csv"))
            assert fields["sha256"] == hashlib.sha256(data.read_bytes()).hexdigest()
            if data.suffix == ".xml":
                rows = sum(data.read_text().count(f"<{tag}>") for tag in ELEMENTS.values())
            else:
                rows = sum(map(len, tables(data).values()))
            assert int(fields["row_count"]) == rows
            vouched.add(data.name)
    assert vouched == {path.name for path in sound.iterdir() if "manifest" not in path.name}


def test_no_identifier_lies_outside_the_reserved_ranges(sound: Path) -> None:
    found = {"upn": 0, "number": 0, "urn": 0}
    for path in sorted(sound.glob("*.csv")) + sorted(sound.glob("*.xml")):
        if "manifest" in path.name:
            continue
        text = path.read_text(encoding="ascii")
        for upn in re.findall(r"(?<![A-Z0-9])[A-Z]\d{11}[0-9A-Z](?![A-Z0-9])", text):
            assert upn[1:8] == "3440000" and upn[0] == upn_letter(upn), path.name
            found["upn"] += 1
        for number in re.findall(r"(?<![A-Z0-9.])\d{10}(?!\d)", text):
            total = sum(int(digit) * (10 - place) for place, digit in enumerate(number))
            assert number.startswith("999") and total % 11 in (0, 10), path.name
            found["number"] += 1
        assert set(re.findall(r"[A-Z]{1,2}\d{1,2} \d[A-Z]{2}", text)) <= {
            "ZZ99 3WZ", "ZZ99 3VZ", "ZZ99 3CZ",
        }  # fmt: skip
    for rows in (
        casework(sound, "2025-01")["placementdetail"],
        casework(sound, "2025-02")["plandetail"],
    ):
        assert rows.urn[rows.urn != ""].str.fullmatch("999[0-9]{3}").all()
        assert rows.ukprn[rows.ukprn != ""].str.fullmatch("10999[0-9]{3}").all()
    people = casework(sound, "2025-02")["person"]
    assert set(people.surname + people.forename) == {"InventedChild"}
    assert min(found["upn"], found["number"]) > 10_000


def upn_letter(upn: str) -> str:
    """Check a pupil number: values times 2 to 13, modulus 23."""
    values = [int(c) if c.isdigit() else UPN_LETTERS.index(c) for c in upn[1:]]
    return UPN_LETTERS[sum(v * w for v, w in zip(values, range(2, 14), strict=True)) % 23]


def test_the_send_flag_is_an_open_plan(sound: Path) -> None:
    extract, young = casework(sound, "2025-02"), young_people(sound, "2025-02")
    requests = extract["requests"].set_index("requeststableid").persontableid
    owners = set(requests.loc[extract["activeplans"].requeststableid])
    people = extract["person"]
    planned = people[people.persontableid.isin(owners)]
    age = (
        2024
        - planned.personbirthdate.str[:4].astype(int)
        - planned.personbirthdate.str[5:7].ge("09")
    )
    of_age = planned[age.between(15, 24)]
    flagged = young[young.send == "Y"]
    assert set(flagged.upn) == set(of_age.upn)
    assert len(flagged) == len(of_age) > 800
    assert not set(young[young.send == "N"].upn) & set(planned.upn[planned.upn != ""])


def test_services_and_council_know_many_children_in_common(sound: Path) -> None:
    therapy = pd.concat([delivered(sound, "therapy_ptl", "2025-02", s) for s in ("RY7", "RBL")])
    born = therapy.drop_duplicates("nhs_number").set_index("nhs_number").birth_date
    for feed, sender, share in (("nd_pathway", "RXA", 0.2), ("nd_pathway", "RBS", 0.2),
                                ("cyp_mh", "BRANCH", 0.1), ("cyp_mh", "RXA", 0.1)):  # fmt: skip
        rows = delivered(sound, feed, "2025-02", sender)
        both = rows[rows.nhs_number.isin(born.index)]
        assert (born.loc[both.nhs_number].to_numpy() == both.birth_date.to_numpy()).all(), feed
        assert len(both) > share * len(rows), (feed, sender)
    identities = delivered(sound, "identity_map", "2025-02")
    people = casework(sound, "2025-02")["person"].set_index("upn").personbirthdate
    current = identities[(identities.valid_to == "") & identities.upn.isin(people.index)]
    known = current[current.nhs_number.isin(born.index)]
    assert len(known) > 300
    assert (born.loc[known.nhs_number].to_numpy() == people.loc[known.upn].to_numpy()).all()


def test_a_current_match_is_of_one_child_and_closed_ones_occur(sound: Path) -> None:
    rows = delivered(sound, "identity_map", "2025-02")
    current = rows[rows.valid_to == ""]
    assert current.nhs_number.is_unique and current.upn.is_unique
    closed = rows[rows.valid_to != ""]
    assert closed.upn.str[-1].str.isalpha().any(), "numbers given in passing"
    assert (closed.match_basis == "manual").any(), "swaps"
    assert (closed.valid_from <= closed.valid_to).all()
    assert 0.05 < (rows.uln != "").mean() < 0.6


def test_advice_is_asked_for_assessed_requests_only(sound: Path) -> None:
    requests = casework(sound, "2025-02")["requests"].set_index("case_id")
    advice = delivered(sound, "ehc_advice", "2025-02")
    assert set(requests.requestoutcome.loc[advice.case_id.unique()]) == {"Y"}
    asked = advice.requested_date.to_numpy()
    assert (asked > requests.requestoutcomedate.loc[advice.case_id].to_numpy()).all()
    assert 5 <= advice.groupby("case_id").size().mean() <= 6
    is_answered = ~advice.received_date.isin(["", "not applicable"])
    assert (advice.received_date >= advice.requested_date)[is_answered].all()
    assert (advice.received_date == "not applicable").any()


def test_dates_of_the_casework_are_in_order(sound: Path) -> None:
    for month in ("2025-01", "2025-02"):
        extract = casework(sound, month)
        rows = extract["namedplan"].merge(extract["assessment"], on="assessmenttableid")
        rows = rows.merge(extract["requests"], on="requeststableid")
        rows = rows.merge(extract["person"], on="persontableid")
        order = ["personbirthdate", "receiveddate", "requestoutcomedate", "assessmentoutcomedate",
                 "startdate", "ceasedate"]  # fmt: skip
        for first, then in ((a, b) for i, a in enumerate(order) for b in order[i + 1 :]):
            is_filled = (rows[first] != "") & (rows[then] != "")
            assert (rows[first] <= rows[then])[is_filled].all(), (first, then)
        assert (rows.ceasereason != "").eq(rows.ceasedate != "").all()
        for name, parent in PARENTS.items():
            key, link = COLUMNS[parent][0], extract[name][COLUMNS[name][1]]
            assert set(link) <= set(extract[parent][key]), name
            assert extract[name][COLUMNS[name][0]].is_unique
        placed = extract["placementdetail"]
        assert (placed.entrydate != "").all()
        has_left = placed.leavingdate != ""
        assert (placed.entrydate <= placed.leavingdate)[has_left].all() and has_left.any()


def test_dates_of_the_other_feeds_are_in_order(sound: Path) -> None:
    orders = {
        ("annual_reviews", "E08000015"): ["meeting_date", "decision_date", "amendment_notice_date",
                                          "final_amended_plan_date"],
        ("tribunals", "E08000015"): ["registered_date", "order_date", "order_complied_date"],
        ("nd_pathway", "RXA"): ["birth_date", "referral_received_date",
                                "first_attended_contact_date", "assessment_complete_date",
                                "closed_date"],
        ("cyp_mh", "BRANCH"): ["birth_date", "referral_received_date", "first_contact_date",
                               "closed_date"],
        ("identity_map", "E08000015"): ["valid_from", "valid_to"],
    }  # fmt: skip
    for (feed, sender), order in orders.items():
        for month in MONTHS:
            rows = delivered(sound, feed, month, sender)
            for first, then in ((a, b) for i, a in enumerate(order) for b in order[i + 1 :]):
                is_filled = (rows[first] != "") & (rows[then] != "")
                assert (rows[first] <= rows[then])[is_filled].all(), (feed, first, then)
            assert (rows[order] <= month_end(month)).all(axis=None), feed


def test_later_extracts_agree_with_earlier_ones_but_for_their_table_ids(sound: Path) -> None:
    before = casework(sound, "2025-01")["requests"].set_index("case_id")
    after = casework(sound, "2025-02")["requests"].set_index("case_id")
    both = before.index.intersection(after.index)
    old, new = before.loc[both], after.loc[both]
    assert len(both) > 7_000
    assert (old.receiveddate == new.receiveddate).all()
    was_decided = old.requestoutcome.isin(["Y", "W", "H"])
    assert (old.requestoutcomedate == new.requestoutcomedate)[was_decided].all()
    is_new = (old.requestoutcome == "A") & (new.requestoutcome != "A")
    assert is_new.sum() > 50 and (new.requestoutcomedate > "2025-01-31")[is_new].all()
    assert (old.requeststableid != new.requeststableid).mean() > 0.9


def test_reviews_of_year_9_and_above_speak_of_adult_life(sound: Path) -> None:
    reviews = delivered(sound, "annual_reviews", "2025-02")
    is_older = reviews.year_group.astype(int) >= 9
    for column in ("pfa_employment", "pfa_independent_living", "pfa_community", "pfa_health"):
        assert ((reviews[column] != "") == is_older).all()
    undated = reviews[(reviews.decision == "M") & (reviews.decision_date == "")]
    assert len(undated) > 1000, "the default of the case system"
    assert reviews.review_id.is_unique


def test_long_closures_are_summers_and_every_named_setting_has_some(sound: Path) -> None:
    closures = delivered(sound, "school_closures", "2024-12")
    length = pd.to_datetime(closures.reopens) - pd.to_datetime(closures.closed_from)
    long = closures[length.dt.days >= 28]
    assert set(long.closed_from.str[5:7]) == {"07"}
    assert (pd.to_datetime(closures.closed_from).dt.day_of_week == 5).all()
    named = casework(sound, "2025-02")["plandetail"].urn
    assert set(named[named != ""]) <= set(closures.urn)
    assert closures.urn.nunique() == max(high for _, high in SETTINGS.values())
    assert not closures.duplicated(["urn", "closed_from"]).any()


def test_waits_of_the_pathway_are_long_and_those_of_branch_short(sound: Path) -> None:
    pathway = pd.concat([delivered(sound, "nd_pathway", "2025-02", s) for s in ("RXA", "RBS")])
    is_open = pathway.closed_date == ""
    assert 3000 <= is_open.sum() <= 4500
    seen = pathway[pathway.first_attended_contact_date != ""]
    waited = pd.to_datetime(seen.first_attended_contact_date) - pd.to_datetime(
        seen.referral_received_date
    )
    assert waited.dt.days.median() > 365
    assert (pathway != "").any().all(), "every column occurs"
    branch = delivered(sound, "cyp_mh", "2025-02", "BRANCH")
    referrals = branch[branch.record_type == "referral"]
    seen = referrals[referrals.first_contact_date.str[:4] == "2025"]
    waited = pd.to_datetime(seen.first_contact_date) - pd.to_datetime(seen.referral_received_date)
    assert 21 <= waited.dt.days.median() <= 42
    assert 0.10 < (branch.nhs_number == "").mean() < 0.22
    a_month = referrals.referral_received_date.str[:7].value_counts()
    assert 280 <= a_month.loc["2024-03":"2025-02"].mean() <= 420


def test_september_has_a_spike_of_not_known(tmp_path: Path) -> None:
    write_deliveries(tmp_path, ["2024-09", "2024-11"], feeds=("ccis",))
    shares = []
    for month in ("2024-09", "2024-11"):
        young = young_people(tmp_path, month)
        young = young[young.age.isin([16, 17])]
        shares.append(young.code.isin(UNKNOWN).mean())
    assert shares[0] > 0.12 > 0.05 > shares[1]


def test_the_three_forms_of_the_casework_say_the_same() -> None:
    samples = feed_samples()
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(samples["sen2_ehc__good.xlsx"])
    )
    root = ElementTree.fromstring(samples["sen2_ehc__good.xml"])
    for name, tag in ELEMENTS.items():
        if name not in COLUMNS:
            continue
        text = samples[f"sen2_ehc__good_{name}.csv"].decode()
        in_csv = _frame(list(csv.reader(io.StringIO(text)))).map(plain_date)
        in_book = _frame(book.get_sheet_by_name(name).to_python())
        pd.testing.assert_frame_equal(in_csv, in_book, check_dtype=False)
        elements = list(root.iter(tag))
        assert len(elements) == len(in_csv)
        fields = [c for c in COLUMNS[name] if not c.endswith("tableid")]
        for element, row in zip(elements, in_csv.to_dict("records"), strict=True):
            found = {e.tag.lower(): e.text or "" for e in element if not len(e)}
            for field in fields:
                assert found.get(field.replace("_", ""), "") == row[field], (name, field)


def test_the_key_names_every_row_that_was_changed_and_no_other(
    sound: Path, spoilt: tuple[Path, pd.DataFrame]
) -> None:
    folder, key = spoilt
    for path in sorted(folder.iterdir()):
        if "manifest" in path.name:
            continue
        of_file = key[key.file_name == path.name]
        if path.suffix == ".xml":
            before, after = (p.read_text().splitlines() for p in (sound / path.name, path))
            changed = {n for n, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b}
            assert changed == set(of_file.source_row), path.name
            continue
        originals, changed_tables = tables(sound / path.name), tables(path)
        for name, after in changed_tables.items():
            before = originals[name]
            found = of_file[(of_file.table == name) | (len(changed_tables) == 1)]
            differs = (after.loc[before.index] != before).any(axis=1)
            is_added = found.defect.isin(["duplicate_row", "duplicate_key"])
            assert set(before.index[differs]) == set(found[~is_added].source_row), path.name
            added = set(after.index.difference(before.index))
            assert added == set(found[is_added].source_row) - set(before.index), path.name


def test_every_defect_of_every_feed_is_planted(spoilt: tuple[Path, pd.DataFrame]) -> None:
    _, key = spoilt
    feeds = key.file_name.str.extract(r"^([a-z_2]+)_[A-Z]")[0]
    planted = set(zip(feeds, key.table, key.defect, strict=True))
    for feed in OTHERS:
        for table, defects in feed_defects.DEFECTS[feed].items():
            for defect in defects:
                if feed not in ("tribunals", "board_decisions"):  # too few rows
                    assert (feed, table, defect.name) in planted, (feed, table, defect.name)
    assert key.expected_outcome.isin(["quarantine", "warning", "discard", "none"]).all()


def test_no_file_with_one_defect_in_a_hundred_reaches_the_limit_for_refusal(
    spoilt: tuple[Path, pd.DataFrame],
) -> None:
    folder, key = spoilt
    set_aside = key[key.expected_outcome == "quarantine"].groupby(["file_name", "table"]).size()
    for (name, table), count in set_aside.items():
        path = folder / str(name)
        if path.suffix != ".xml":
            read = tables(path)
            rows = read[str(table)] if len(read) > 1 else next(iter(read.values()))
            assert count <= max(0.02 * len(rows), 50)
