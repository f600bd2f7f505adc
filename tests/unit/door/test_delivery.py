"""Which files are one delivery, and for which feed, sender and month it was sent."""

from datetime import date
from pathlib import Path

import pytest

from ingest.door.delivery import open_delivery
from ingest.door.examine import dated, examine
from ingest.door.names import claimed_by_name, proper_name
from ingest.door.sets import gathered
from ingest.door.shown_names import shown_name
from ingest.refusals import Refused
from tests.worlds.small_deliveries import (
    RECEIVED_AT,
    SEN2_STEM,
    csv_bytes,
    drop,
    drop_set,
    set_bytes,
)

CCIS = "young_person_id,birth_date,la_code,activity_code,send_flag"
CCIS_ROW = "YP1,2007-05-04,344,210,0"
CLOSURES = b"urn,closed_from,reopens\n999001,2025-07-23,2025-09-02\n"


def refusal(*paths: Path) -> Refused:
    with pytest.raises(Refused) as refused:
        examined(*paths)
    return refused.value


def examined(*paths: Path):
    return examine(dated(open_delivery(*paths)), RECEIVED_AT.date())


def test_the_files_of_one_number_are_one_delivery_in_the_order_of_names(tmp_path):
    files = drop_set(tmp_path, manifest={})
    other = drop(tmp_path, name="therapy_ptl_RY7_202503_01.csv", manifest={})
    second = drop_set(tmp_path, stem=SEN2_STEM[:-2] + "02")
    everything = sorted(tmp_path.iterdir(), reverse=True)
    assert sorted(gathered(everything)) == [files, second, [other]]
    delivery = open_delivery(*files)
    assert (delivery.feed, delivery.sender, delivery.period, delivery.sequence) == (
        *("sen2_ehc", "E08000015", "2025-03", 1),
    )
    assert [file.table for file in delivery.files] == sorted(set_bytes())
    assert delivery.shown_name == SEN2_STEM


def test_one_file_of_a_set_brings_the_others_that_lie_beside_it(tmp_path):
    files = drop_set(tmp_path)
    drop_set(tmp_path / "elsewhere", {"sen2": b"nativeid\n1\n"})
    assert gathered([files[3]]) == [files]


def test_a_manifest_is_no_delivery(tmp_path):
    drop_set(tmp_path, manifest={})
    assert gathered([tmp_path / f"{SEN2_STEM}.manifest.csv"]) == []


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (["senneed"], ["no file of senneed", f"{SEN2_STEM}_senneed.csv"]),
        (["person", "requests"], ["no file of person, requests", f"{SEN2_STEM}_person.csv"]),
    ],
)
def test_a_set_that_lacks_a_table_is_refused_whole_with_its_name(tmp_path, missing, words):
    refused = refusal(*drop_set(tmp_path, set_bytes(**dict.fromkeys(missing))))
    assert refused.rule == "R-SET" and refused.where == SEN2_STEM
    assert all(part in str(refused) for part in words)
    assert "sen2 may be left out" in refused.expected


def test_an_optional_table_may_be_left_out_or_sent(tmp_path):
    files = set_bytes() | {"sen2": b"nativeid,collection\n344,SEN2\n"}
    assert examined(*drop_set(tmp_path, files)).count("landed") == 12


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("{stem}.xlsx", "whole files and files of single tables"),
        ("{stem}.csv", "whole files and files of single tables"),
        ("{stem}_Person.csv", "the table person twice"),
        ("{stem}_smith.csv", "1 files for tables that the feed does not have"),
        ("{stem}_sen2.xlsx", "a single table that is not a CSV file"),
    ],
)
def test_what_does_not_belong_to_a_set_refuses_it_whole(tmp_path, name, words):
    drop_set(tmp_path)
    (tmp_path / name.format(stem=SEN2_STEM)).write_bytes(b"a,b\n1,2\n")
    (paths,) = gathered(tmp_path.iterdir())
    refused = refusal(*paths)
    assert refused.rule == "R-SET" and words in refused.found
    assert "smith" not in str(refused)


def test_two_whole_files_of_one_number_are_refused(tmp_path):
    drop(tmp_path)
    drop(tmp_path, b"PK", name="therapy_ptl_RY7_202503_01.xlsx")
    (paths,) = gathered(tmp_path.iterdir())
    assert refusal(*paths).rule == "R-SET"


def test_one_csv_of_a_feed_with_several_tables_is_told_how_to_name_them(tmp_path):
    path = drop(tmp_path, set_bytes()["person"], name=f"{SEN2_STEM}.csv")
    refused = refusal(path)
    assert refused.rule == "R-SET" and "without the name of its table" in refused.found
    assert f"{SEN2_STEM}_person.csv" in refused.action


def test_a_single_table_may_bear_its_name(tmp_path):
    path = drop(tmp_path, name="therapy_ptl_RY7_202503_01_referrals.csv", manifest=None)
    assert examined(path).kept == 3 and shown_name(path) == path.name


def test_capitals_in_table_and_ending_do_not_matter(tmp_path):
    for path in drop_set(tmp_path):
        table = path.stem.rpartition("_")[2]
        path.rename(tmp_path / f"{SEN2_STEM}_{table.upper()}.CSV")
    (paths,) = gathered(tmp_path.iterdir())
    assert examined(*paths).kept == 11


def test_the_names_of_a_collect_export_are_told_how_to_be_changed(tmp_path):
    path = drop(tmp_path, set_bytes()["person"], name="Blade-Export_28-03-2025_person.csv")
    refused = refusal(path)
    assert refused.rule == "R-NAME" and "sen2_ehc_Z001L_202410_01_person.csv" in refused.action


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"sha256": "0" * 64}, "R-MANIFEST"),
        ({"row_count": 7}, "R-END"),
        ({"reporting_month": "2025-02"}, "R-MANIFEST"),
        ({"extract_datetime": "2025-04-04T06:00:00"}, "R-MANIFEST"),
        ({"feed_version": 2}, "R-MANIFEST"),
        ({"sender": "E08000016"}, "R-MANIFEST"),
        ({"submission_seq": 2}, "R-MANIFEST"),
        ({"synthetic": 0}, "R-MANIFEST"),
        ({"file_name": f"{SEN2_STEM}_person.csv"}, "R-MANIFEST"),
        ({"file_name": f"{SEN2_STEM}_sen2.csv"}, "R-MANIFEST"),
    ],
)
def test_every_statement_of_a_manifest_is_enforced_for_every_file(tmp_path, change, rule):
    files = drop_set(tmp_path, manifest={})
    manifest = tmp_path / f"{SEN2_STEM}.manifest.csv"
    names, *lines = manifest.read_text().splitlines()
    last = dict(zip(names.split(","), lines[-1].split(","), strict=True)) | change
    manifest.write_text("\n".join([names, *lines[:-1], ",".join(map(str, last.values())), ""]))
    assert refusal(*files).rule == rule


def test_the_files_of_a_set_may_be_drawn_at_different_times_of_one_day(tmp_path):
    files = drop_set(tmp_path, manifest={})
    manifest = tmp_path / f"{SEN2_STEM}.manifest.csv"
    manifest.write_text(manifest.read_text().replace("T06:00:00", "T06:00:07", 1))
    assert open_delivery(*files).manifest.extract_date == date(2025, 4, 3)


def test_a_manifest_names_every_file_and_no_other(tmp_path):
    files = drop_set(tmp_path, manifest={})
    files[-1].unlink()
    refused = refusal(*files[:-1])
    assert refused.rule == "R-MANIFEST" and f"{SEN2_STEM}_senneed.csv" in refused.found
    drop_set(tmp_path, set_bytes(senneed=None), manifest={})
    files[-1].write_bytes(set_bytes()["senneed"])
    assert refusal(*files).rule == "R-MANIFEST"


def test_a_manifest_of_one_file_of_a_set_is_refused(tmp_path):
    files = drop_set(tmp_path)
    files[0].with_name(f"{files[0].stem}.manifest.csv").write_text("file_name\n")
    assert "manifest for a single file of a set" in refusal(*files).found


def test_a_manifest_vouches_for_files_without_a_final_line_end_and_for_a_nil_return(tmp_path):
    cut = {name: data.removesuffix(b"\n") for name, data in set_bytes().items()}
    for name, data in cut.items():
        cut[name] = data.replace(b"\n", b"\n\n", 1)  # the builder counts line ends
    assert examined(*drop_set(tmp_path / "cut", cut, manifest={})).kept == 11
    headers = {name: data.split(b"\n")[0] + b"\n" for name, data in set_bytes().items()}
    assert examined(*drop_set(tmp_path / "nil", headers, manifest={})).count("landed") == 0


def test_a_table_of_a_set_that_may_be_empty_needs_no_manifest(tmp_path):
    headers = {
        name: data.split(b"\n")[0] + b"\n"
        for name, data in set_bytes().items()
        if name not in ("person", "requests")
    }
    assert examined(*drop_set(tmp_path / "sound", set_bytes() | headers)).count("landed") == 4
    persons = set_bytes()["person"].split(b"\n")[0] + b"\n"
    refused = refusal(*drop_set(tmp_path / "nobody", set_bytes() | {"person": persons}))
    assert refused.rule == "R-EMPTY" and "person" in refused.where


@pytest.mark.parametrize("sender", ["RY7", "BRANCH", "Z001L", "E08000015", "W06000015"])
def test_senders_are_ods_or_gss_codes_or_names_of_services(tmp_path, sender):
    path = drop(tmp_path, name=f"therapy_ptl_{sender}_202503_01.csv")
    assert open_delivery(path).sender == sender and shown_name(path) == path.name


@pytest.mark.parametrize("sender", ["9990000018", "A344000025001", "X08000015", "E080000151", "RQ"])
def test_what_may_be_an_identifier_is_no_sender_and_not_said(tmp_path, sender):
    path = drop(tmp_path, name=f"therapy_ptl_{sender}_202503_01.csv")
    refused = refusal(path)
    assert refused.rule == "R-PERIOD" and sender not in str(refused)
    path = drop(tmp_path, manifest={"sender": sender})
    assert refusal(path).rule == "R-MANIFEST"


@pytest.mark.parametrize(
    "name",
    [
        f"{SEN2_STEM}_person.csv",
        f"{SEN2_STEM}.manifest.csv",
        f"{SEN2_STEM}.xml",
        "cyp_mh_BRANCH_202503_01.csv",
        "ccis_E08000015.xml",
        "annual_reviews.csv",
        "sen2_ehc_person.csv",
    ],
)
def test_a_documented_name_of_any_feed_is_said(name):
    assert shown_name(Path(name)) == name


@pytest.mark.parametrize(
    "name", [f"{SEN2_STEM}_smith.csv", "therapy_ptl_SMITH.csv", "ccis_A344000025001.csv"]
)
def test_a_name_with_another_word_in_it_is_not_said(name):
    assert shown_name(Path(name)).startswith("file ")


def ccis(folder: Path, *months: str, name: str = "ccis_E08000015.csv") -> Path:
    rows = [f"{month},{CCIS_ROW.replace('YP1', f'YP{n}')}" for n, month in enumerate(months)]
    return drop(folder, "\n".join([f"month,{CCIS}", *rows, ""]).encode(), name=name)


def test_the_month_may_come_from_its_declared_column_alone(tmp_path):
    found = examined(ccis(tmp_path, "2025-03-01", "2025-03-01"))
    assert (found.sender, found.period, found.kept) == ("E08000015", "2025-03", 2)


@pytest.mark.parametrize(
    ("months", "words"),
    [(("2025-03-01", "2025-04-01"), "2 months"), (("", ""), "no months"), (("x",), "no months")],
)
def test_a_column_that_states_no_month_or_several_refuses(tmp_path, months, words):
    refused = refusal(ccis(tmp_path, *months))
    assert refused.rule == "R-PERIOD" and words in refused.found and "manifest" in refused.action


def test_a_month_inside_that_is_not_that_of_the_name_refuses(tmp_path):
    path = ccis(tmp_path, "2025-03-01", name="ccis_E08000015_202504_01.csv")
    assert refusal(path).rule == "R-PERIOD"


def test_the_month_of_xml_may_come_from_its_header_alone(tmp_path):
    text = (
        "<NCCIS><FileHeader><PeriodEnd>2025-03-31</PeriodEnd></FileHeader><YoungPersonsRecord>"
        "<YoungPersonsID>1</YoungPersonsID><DOB>2007-05-04</DOB><LeadLEA>344</LeadLEA>"
        "<ActivityCode>210</ActivityCode><SENDFlag>N</SENDFlag></YoungPersonsRecord></NCCIS>"
    )
    assert examined(drop(tmp_path, text.encode(), name="ccis_E08000015.xml")).period == "2025-03"


def test_a_feed_that_states_no_month_inside_needs_one_outside(tmp_path):
    refused = refusal(drop(tmp_path, name="therapy_ptl_RY7.csv"))
    assert refused.rule == "R-PERIOD" and "sender" in refused.found


def test_a_sender_that_nothing_states_refuses(tmp_path):
    refused = refusal(ccis(tmp_path, "2025-03-01", name="ccis.csv"))
    assert refused.rule == "R-PERIOD" and "no sender in the file name" in refused.found


def test_a_yearly_list_may_be_drawn_within_its_month_but_not_after_receipt(tmp_path):
    name = "school_closures_E08000015_202506_01.csv"
    found = examined(drop(tmp_path, CLOSURES, name=name))
    assert found.known_on == RECEIVED_AT.date() < date(2025, 6, 30)
    says = {"sender": "E08000015", "reporting_month": "2025-06"}
    late = drop(tmp_path, CLOSURES, name=name, manifest=says | {"extract_datetime": "2025-06-05"})
    assert refusal(late).rule == "R-PERIOD"


def test_a_form_that_the_feed_does_not_take_is_refused(tmp_path):
    path = drop(tmp_path, b"<x/>", name="therapy_ptl_RY7_202503_01.xml")
    assert "one of csv, xlsx" in str(refusal(path))


def test_invented_people_are_known_by_nhs_number_and_upn_and_not_by_uln(tmp_path):
    assert examined(drop(tmp_path / "nhs")).is_synthetic is True
    assert examined(*drop_set(tmp_path / "upn")).is_synthetic is True
    real = {"person": set_bytes()["person"].replace(b"A344000025001", b"H801200001001")}
    assert examined(*drop_set(tmp_path / "real", set_bytes() | real)).is_synthetic is False
    refused = refusal(*drop_set(tmp_path / "claim", set_bytes() | real, manifest={}))
    assert refused.rule == "R-MIXED" and "1 NHS numbers or UPNs" in refused.found


@pytest.mark.parametrize(("says", "known"), [({"synthetic": 1}, True), ({"synthetic": 0}, False)])
def test_without_an_identifier_the_manifest_says_whether_people_are_invented(tmp_path, says, known):
    name = "school_closures_E08000015_202505_01.csv"
    own = {"sender": "E08000015", "reporting_month": "2025-05", "extract_datetime": "2025-06-02"}
    assert examined(drop(tmp_path, CLOSURES, name=name)).is_synthetic is None
    path = drop(tmp_path, CLOSURES, name=name, manifest=own | says)
    assert examined(path).is_synthetic is known
    manifest = path.with_name(f"{path.stem}.manifest.csv")
    lines = [line.rpartition(",")[0] for line in manifest.read_text().splitlines()]
    manifest.write_text("\n".join([*lines, ""]))
    assert examined(path).is_synthetic is None


def test_notes_below_a_list_that_is_kept_by_hand_are_left_out(tmp_path):
    header = (
        "review_id,case_id,upn,review_type,meeting_date,decision_date,decision,"
        "amendment_notice_date,final_amended_plan_date,year_group,pfa_employment,"
        "pfa_independent_living,pfa_community,pfa_health,parent_attended,cyp_participated,"
        "report_received_date"
    )
    row = "A1,EHC344000001,A344000025001,annual,2025-02-03,,,,,4,,,,,1,1,"
    data = f"{header}\n{row}\nNotes: extracted 1 May, by hand\n".encode()
    found = examined(drop(tmp_path, data, name="annual_reviews_E08000015_202503_01.csv"))
    assert found.count("landed") == 1
    assert [finding.severity for finding in found.findings] == ["note"]
    with pytest.raises(Refused, match="R-ROW"):
        examined(drop(tmp_path, csv_bytes() + b"Notes: extracted 1 May\n"))


@pytest.mark.parametrize(
    "name",
    [
        "therapy_ptl_RY7_202505_01 (1).csv",
        "therapy_ptl_RY7_202505_01_FINAL.csv",
        "therapy_ptl_RY7_202505_01 - Copy.csv",
        "Copy of therapy_ptl_RY7_202505_01.csv",
        "therapy_ptl_RY7_202505_01.csv.csv",
        "therapy_ptl_RY7_202505_1.csv",
        "therapy_ptl_RY7_202505_001.csv",
        "therapy_ptl_RY7_202505.csv",
        "therapy_ptl_RY7_2025-05_01.csv",
        "therapy_ptl_RY7_2025-05-31.csv",
        "therapy_ptl_RY7_20250531.csv",
        "therapy_ptl_ry7_202505_01.csv",
        "Therapy_PTL_RY7_202505_01.csv",
        "therapy-ptl RY7 202505_01 v2.csv",
    ],
)
def test_a_name_that_is_nearly_ours_is_said_and_told_what_to_be(tmp_path, name):
    refused = refusal(drop(tmp_path, name=name))
    assert (refused.rule, refused.where) == ("R-NAME", name)
    assert "rename it therapy_ptl_RY7_202505_01.csv and send it again" in refused.action
    assert claimed_by_name(tmp_path / name) == ("therapy_ptl", "RY7", "2025-05")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sen2_ehc_E08000015_202503_01_person (1).csv", f"{SEN2_STEM}_person.csv"),
        ("SEN2-EHC_e08000015_202503_01_NamedPlan.csv", f"{SEN2_STEM}_namedplan.csv"),
        ("sen2_ehc_E08000015_202503_01_persons.csv", f"{SEN2_STEM}_person.csv"),
        ("sen2_ehc_E08000015_202503_01 (2).xlsx", f"{SEN2_STEM}.xlsx"),
        ("sen2_ehc_E08000015_202503_01_FINAL.xlsx", f"{SEN2_STEM}.xlsx"),
        ("sen2_ehc_E08000015_202503_01_FINAL.csv", ""),
        ("therapy_ptl_RY7_202505_01.csv", ""),
        ("therapy_ptl_RY7_202513_01.csv", ""),
        ("therapy_ptl_RY7_202505_01.pdf", ""),
        ("therapy_ptl_Smith_202505_01.csv", ""),
        ("therapy_ptl_SMITH_2025-05_01.csv", ""),
        ("therapy_ptl_smith1_202505_01.csv", ""),
        ("therapy_ptl_z190a_202505_01.csv", "therapy_ptl_Z190A_202505_01.csv"),
        ("therapy_ptl_999000001_202505_01.csv", ""),
        ("waiting lists 2025-05.csv", ""),
    ],
)
def test_a_name_is_suggested_only_where_feed_sender_month_and_table_are_clear(name, meant):
    assert proper_name(Path(name)) == meant


def test_a_person_in_a_name_is_not_said_but_what_the_file_was_meant_to_be_is(tmp_path):
    refused = refusal(drop(tmp_path, name="therapy_ptl_RY7_202505_01 Mary Smith.csv"))
    assert "rename it therapy_ptl_RY7_202505_01.csv" in refused.action
    assert "Smith" not in str(refused) and refused.where.startswith("file ")


def test_a_file_of_a_table_misspelt_is_told_its_name_beside_the_others(tmp_path):
    files = drop_set(tmp_path)
    files[0].rename(tmp_path / f"{SEN2_STEM}_activeplan.csv")
    (paths,) = gathered(tmp_path.iterdir())
    refused = refusal(*paths)
    assert refused.rule == "R-SET" and f"{SEN2_STEM}_activeplans.csv" in refused.action


def test_a_name_of_ours_beside_one_that_is_nearly_ours_is_taken(tmp_path):
    drop(tmp_path)
    drop(tmp_path, name="therapy_ptl_RY7_202503_01_FINAL.csv")
    first, second = gathered(sorted(tmp_path.iterdir()))
    assert examined(*first).kept == 3 and refusal(*second).rule == "R-NAME"


@pytest.mark.parametrize("month", ["000001", "199912", "202500", "202513", "999912"])
def test_a_month_that_no_calendar_of_ours_has_is_claimed_by_nobody(tmp_path, month):
    path = drop(tmp_path, name=f"therapy_ptl_RY7_{month}_01.csv")
    assert refusal(path).rule == "R-PERIOD" and claimed_by_name(path)[2] == ""
