"""No public file names a person or a delivery, and the search for it would find one."""

import io
import zipfile
from hashlib import sha256

import pytest

from ingest.typed.national_identifiers import nhs_number_fault, uln_fault, upn_fault
from orchestration.publication.public import byte_search
from tests.worlds import public_release

NHS, UPN, ULN = "9990000018", "M344000021043", "1000000019"
PSEUDONYM, SUBMISSION = sha256(b"somebody").hexdigest(), "3f2a91bc00d4e7f5"
SENT = "therapy_ptl_RY7_202505_01"
PLANTED = {
    "an NHS number": [NHS, f"{NHS[:3]} {NHS[3:6]} {NHS[6:]}", f"{NHS[:3]}-{NHS[3:6]}-{NHS[6:]}"],
    "a unique pupil number": [UPN, UPN.lower()],
    "a unique learner number": [ULN],
    "a pseudonym": [PSEUDONYM, PSEUDONYM.upper(), PSEUDONYM[:32]],
    "the id of a delivery": [SUBMISSION, SUBMISSION.upper()],
    "the name of a sender's file": [f"{SENT}.csv", f"landing/{SENT}", SENT.upper()],
}
ALL = [(kind, text) for kind, texts in PLANTED.items() for text in texts]
NEAR = [
    "9990000019",  # another check digit
    f"0.{NHS}",  # decimals
    f"{NHS}1",
    "K344000021043",  # another check letter
    PSEUDONYM[:31],
    "64.39024390243902",
    "E08000015",
    "4f2a91bc00d4e7f5",  # no delivery of this release
    "send_indicators_month.csv",
    "2025-05-01",
]


def kinds(text, submissions=(SUBMISSION,)):
    return [found.kind for found in byte_search.search({"a.csv": text.encode()}, submissions)]


def test_the_planted_numbers_are_sound():
    assert (nhs_number_fault(NHS), upn_fault(UPN), uln_fault(ULN)) == (None, None, None)


@pytest.mark.parametrize(("kind", "text"), ALL)
@pytest.mark.parametrize("around", ["{}", "plan {}.", "a,{},b", '"{}"', "<td>{}</td>", "x_{}_y"])
def test_what_names_somebody_is_found_wherever_it_stands(kind, text, around):
    assert kinds(around.format(text)) == [kind]


@pytest.mark.parametrize("text", NEAR)
def test_a_near_miss_is_nothing(text):
    assert kinds(f"plan {text} of May") == []


def test_a_name_of_a_file_and_a_part_of_an_archive_are_searched_too():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{NHS}</t>")
    files = {"a.xlsx": packed.getvalue(), f"{UPN}.csv": b""}
    assert byte_search.search(files, ()) == [
        (f"{UPN}.csv", "a unique pupil number"),
        ("a.xlsx (xl/sharedStrings.xml)", "an NHS number"),
    ]


def test_the_checksum_of_a_public_file_is_no_pseudonym():
    files = {"a.csv": b"a", "about.json": f"sha256:{sha256(b'a').hexdigest()}".encode()}
    assert byte_search.search(files, ()) == []
    assert byte_search.search(files | {"a.csv": b"b"}, ()) == [("about.json", "a pseudonym")]


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_no_public_file_of_a_release_names_anybody(tmp_path):
    files = files_of(public_release.write(tmp_path))
    assert len(files) > 10
    assert byte_search.search(files, (SUBMISSION,)) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_a_title_that_names_somebody_is_found_in_every_file_that_shows_it(tmp_path, kind):
    tables = public_release.rows()
    about = dict(tables["indicators"][1]) | {"short_title": f"Plans {PLANTED[kind][0]}"}
    tables["indicators"] = [*tables["indicators"][:1], about, *tables["indicators"][2:]]
    found = byte_search.search(
        files_of(public_release.write(tmp_path, tables=tables)), (SUBMISSION,)
    )
    assert {one.kind for one in found} == {kind}
    shown = {one.file.partition(" ")[0] for one in found}
    assert shown == {
        "indicators.csv", "indicators.xlsx", "data_dictionary.html",
        "ees/send_indicators_month.meta.csv",
    }  # fmt: skip
