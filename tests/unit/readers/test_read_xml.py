"""What the XML reader promises: every declared row and field, or a refusal that says where."""

import random

import pytest

from ingest.contracts import load_contracts
from ingest.readers.xml import read_xml
from ingest.refusals import Refused
from tests.worlds.small_deliveries import XML

SEN2 = next(c for c in load_contracts() if c.feed == "sen2_ehc")
CCIS = next(c for c in load_contracts() if c.feed == "ccis")
YOUNG_PERSON = """<YoungPersonsRecord>
  <PersonalDetails><YoungPersonsID>YP1</YoungPersonsID><DOB>2007-05-04</DOB><LeadLEA>344</LeadLEA>
   <SENDFlag>Y</SENDFlag></PersonalDetails>
  <Characteristics><CharacteristicCode>A1</CharacteristicCode><CharacteristicCode>B2
   </CharacteristicCode></Characteristics>
  <ActivityDetails><ActivityCode>210</ActivityCode><StartDate/></ActivityDetails>
  <IntendedDestination><IntendedDestinationYr11>10</IntendedDestinationYr11></IntendedDestination>
 </YoungPersonsRecord>"""
NCCIS = f"""<NCCIS>
 <FileHeader><SourceLEA>344</SourceLEA><PeriodEnd>2025-03-31</PeriodEnd></FileHeader>
 {YOUNG_PERSON}
 {YOUNG_PERSON.replace("YP1", "YP2")}
</NCCIS>
"""


def read(text: str | bytes = XML, contract=SEN2, **how):
    data = text.encode() if isinstance(text, str) else text
    return read_xml(data, "f.xml", contract, **how)


def changed(old: str, new: str, text: str = XML) -> str:
    assert old in text
    return text.replace(old, new, 1)


def cells(text: str, table: str, column: str, contract=SEN2) -> list:
    return read(text, contract)[table].frame[column].tolist()


def test_rows_fields_and_the_line_of_every_row():
    texts = read()
    person = texts["person"].frame
    assert person["personbirthdate"].tolist() == ["2016-05-04", "2018-02-11"]
    assert person.index.name == "source_row" and person.index.tolist() == [6, 30]
    assert {name: len(text.frame) for name, text in texts.items()} == {
        "person": 2, "requests": 2, "assessment": 1, "namedplan": 1, "plandetail": 1,
        "activeplans": 1, "placementdetail": 1, "senneed": 2,
    }  # fmt: skip


def test_keys_are_made_from_the_places_of_rows_and_children_bear_their_parents():
    texts = read()
    keys = {name: text.frame[f"{name}tableid"].tolist() for name, text in texts.items()}
    assert keys["person"] == ["1", "2"] and keys["requests"] == ["1.1", "2.1"]
    assert keys["senneed"] == ["1.1.1.1", "1.1.1.2"]
    assert texts["requests"].frame["persontableid"].tolist() == ["1", "2"]
    for table in SEN2.tables:
        for column in table.columns:
            if column.references and column.references in keys:
                assert set(texts[table.name].frame[column.name]) <= set(keys[column.references])


NEED = "<SENneed><SENtype>ASD</SENtype><SENtypeRank>2</SENtypeRank></SENneed>"


def test_a_row_that_its_parent_holds_twice_is_one_row_and_one_that_differs_is_another():
    texts = read(changed(NEED, NEED * 2))
    assert texts["senneed"].frame["senneedtableid"].tolist() == ["1.1.1.1", *["1.1.1.2"] * 2]
    texts = read(changed(NEED, NEED + NEED.replace(">2<", ">3<")))
    assert texts["senneed"].frame["senneedtableid"].is_unique


def test_a_child_that_stands_there_twice_bears_one_number_with_the_whole_case():
    person = XML[XML.index("  <Person>") : XML.index("  </Person>") + len("  </Person>\n")]
    texts = read(changed(person, person * 2))
    assert texts["person"].frame["persontableid"].tolist() == ["1", "1", "3"]
    assert texts["senneed"].frame["activeplanstableid"].tolist() == ["1.1.1"] * 4
    other = person.replace("SLCN", "SLD")
    assert read(changed(person, person + other))["person"].frame["persontableid"].is_unique


def test_a_value_is_whole_whatever_comments_and_sections_stand_in_it():
    assert read()["person"].frame["upn"].tolist() == ["A344000025001", "P344000025002"]
    assert cells(XML, "assessment", "assessmentoutcome") == ["Y"]
    text = changed("<Sex>M", "<Sex><?target data?>M<!-- F -->")
    assert cells(text, "person", "sex") == ["M", "F"]
    assert cells(changed("WBRI", "A&amp;B&#233;"), "person", "ethnicity")[0] == "A&Bé"


@pytest.mark.parametrize(
    "text", ["<Sex/>", "<Sex></Sex>", "<Sex> \n </Sex>", "<!--<Sex>M</Sex>-->"]
)
def test_an_empty_a_blank_and_an_absent_field_are_missing(text):
    assert cells(changed("<Sex>M</Sex>", text), "person", "sex") == [None, "F"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Message ", '<Message xmlns="http://example.org/sen2" '),
        ("<Sex>M</Sex>", "<SEX>M</SEX>"),
        ("<Sex>M</Sex>", '<s:Sex xmlns:s="urn:s">M</s:Sex>'),
        ("<Sex>M</Sex>", '<Sex xsi:nil="false" xml:lang="en">M</Sex>'),
        ("<UPNunknown/>", "<UPN_Unknown/>"),
    ],
)
def test_case_underscores_and_namespaces_of_names_do_not_matter(old, new):
    assert cells(changed(old, new), "person", "sex") == ["M", "F"]


def test_a_header_is_passed_over_with_all_it_holds_and_counted():
    text = changed("<Year>2025</Year>", '<Contact a="b"><Sex>x</Sex><!-- y --></Contact>')
    text = changed("<Header>", '<Header version="1">', text)
    texts = read(text)
    assert texts["person"].passed_over == 4 and len(texts["person"].frame) == 2


def test_what_is_passed_over_inside_a_row_gives_it_no_field():
    last = XML.rindex("<Sex>F</Sex>")
    text = XML[:last] + XML[last:].replace("</Sex>", "</Sex><Header><Sex>M</Sex></Header>", 1)
    assert cells(text, "person", "sex") == ["M", "F"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "ISO-8859-1"),
    ],
)
def test_letters_are_read_in_the_encoding_that_the_file_names(encoding, declared):
    text = changed("UTF-8", declared).replace("WBRI", "é", 1)
    assert cells(text.encode(encoding), "person", "ethnicity")[0] == "é"


def test_without_a_declaration_the_file_is_utf_8():
    text = XML.partition("?>\n")[2].replace("WBRI", "é", 1)
    assert cells(text, "person", "ethnicity")[0] == "é"


REFUSED = {
    "empty_file": ("", "R-EMPTY", "empty file"),
    "workbook": ("PK\x03\x04", "R-ENC", "Excel"),
    "utf16": (XML.encode("utf-16"), "R-ENC", "UTF-16"),
    "utf16_without_mark": (XML.encode("utf-16-le"), "R-ENC", "NUL"),
    "claimed_utf16": (changed("UTF-8", "UTF-16"), "R-ENC", "another encoding"),
    "unknown_encoding": (changed("UTF-8", "klingon"), "R-ENC", "another encoding"),
    "broken_utf8": (changed("WBRI", "\xe9").encode("latin-1"), "R-ENC", "line 8"),
    "nul_byte": (changed("WBRI", "\0"), "R-ENC", "line 8"),
    "doctype": (changed("<Message", "<!DOCTYPE Message><Message"), "R-XML", "document type"),
    "entity": (
        changed("<Message", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><Message'),
        "R-XML", "document type",
    ),
    "unknown_entity": (changed("WBRI", "&a;"), "R-XML", "line 8"),
    "login_page": ("<html><body>log in</body></html>", "R-HDR", "another kind of document"),
    "csv": ("a,b\n1,2\n", "R-XML", "not XML"),
    "cut_short": (XML[:900], "R-END", "ends in the middle"),
    "crossed_tags": (changed("</Persons>", "</Person>"), "R-XML", "line 34"),
    "bare_ampersand": (changed("WBRI", "A & B"), "R-XML", "line 8"),
    "undeclared_field": (changed("<Sex>M</Sex>", "<Smith>M</Smith>"), "R-COL", "line 8"),
    "undeclared_group": (changed("<Persons>", "<Persons><Smith/>"), "R-COL", "line 5"),
    "field_of_another_table": (changed("<Sex>M</Sex>", "<SENtype>M</SENtype>"), "R-COL", "line 8"),
    "field_outside_of_rows": (changed("<Persons>", "<Persons><Sex>M</Sex>"), "R-COL", "line 5"),
    "key_where_nesting_gives_it": (
        changed("<Sex>M</Sex>", "<PersonTableID>7</PersonTableID>"), "R-COL", "line 8",
    ),
    "undeclared_attribute": (changed("<Sex>M", '<Sex code="Smith">M'), "R-COL", "attribute"),
    "field_twice": (changed("<Sex>M</Sex>", "<Sex>M</Sex><Sex/>"), "R-ROW", "sex twice"),
    "field_with_elements": (changed("<Sex>M", "<Sex><Sex>M</Sex>"), "R-ROW", "other elements"),
    "row_in_a_field": (changed("<Sex>M", "<Sex><Requests/>"), "R-ROW", "other elements"),
    "stray_text": (changed("<Persons>", "<Persons>Smith"), "R-ROW", "outside a field"),
    "child_without_its_parent": (
        changed("<Assessment>", "<PlanDetail/><Assessment>"), "R-ROW", "inside NamedPlan",
    ),
    "row_in_itself": (changed("<Sex>M", "<Person/><Sex>M"), "R-ROW", "inside the document"),
    "too_deep": (f"<Message>{'<Persons>' * 32}", "R-XML", "too deep"),
    "too_deep_in_a_header": (f"<Message>{'<Header>' * 32}", "R-XML", "too deep"),
    "text_of_a_million": (changed("WBRI", "x" * 1_000_001), "R-ROW", "1,000,000"),
    "no_rows": ("<Message/>", "R-EMPTY", "row_count 0"),
}  # fmt: skip


@pytest.mark.parametrize("defect", REFUSED)
def test_a_defective_file_is_refused_with_its_place_and_without_its_content(defect):
    text, rule, words = REFUSED[defect]
    with pytest.raises(Refused) as refusal:
        read(text)
    assert refusal.value.rule == rule
    assert words in str(refusal.value)
    assert refusal.value.where.startswith("f.xml") and refusal.value.action
    assert "smith" not in str(refusal.value).casefold()


def test_the_month_comes_from_the_file_header_where_no_row_states_it():
    assert cells(NCCIS, "young_people", "month", CCIS) == ["2025-03-31"] * 2


def test_the_month_of_rows_is_that_of_the_header():
    text = changed("<DOB>", "<Month>2025-03-01</Month><DOB>", NCCIS)
    assert cells(text, "young_people", "month", CCIS) == ["2025-03-01", None]
    with pytest.raises(Refused, match=r"R-PERIOD .* rows of a month that differs from the header"):
        read(text.replace("2025-03-01", "2025-02-01"), CCIS)


def test_two_days_of_one_month_in_the_header_are_one_month():
    text = changed("<SourceLEA>344</SourceLEA>", "<PeriodEnd>2025-03-01</PeriodEnd>", NCCIS)
    assert cells(text, "young_people", "month", CCIS) == ["2025-03-01"] * 2


def test_two_months_in_the_header_are_refused():
    text = changed("<SourceLEA>344</SourceLEA>", "<PeriodEnd>2025-04-30</PeriodEnd>", NCCIS)
    with pytest.raises(Refused, match="R-PERIOD"):
        read(text, CCIS)


def test_a_field_that_is_discarded_may_come_again():
    assert cells(NCCIS, "young_people", "characteristics", CCIS) == ["B2", "B2"]


def test_a_name_of_both_a_group_and_a_field_is_what_it_holds():
    assert cells(NCCIS, "young_people", "intended_destination", CCIS) == ["10", "10"]
    inner = "<IntendedDestinationYr11>10</IntendedDestinationYr11>"
    assert cells(changed(inner, "20", NCCIS), "young_people", "intended_destination", CCIS) == [
        "20", "10",
    ]  # fmt: skip


def test_where_tables_do_not_hang_together_keys_are_the_senders():
    text = changed("<YoungPersonsID>YP1</YoungPersonsID>", "", NCCIS)
    assert cells(text, "young_people", "young_person_id", CCIS) == [None, "YP2"]


def test_rows_on_one_line_are_counted_and_the_sender_is_told():
    text = XML.replace("\n", " ")
    need = read(text)["senneed"]
    assert need.frame.index.tolist() == [1, 2]
    assert [finding.severity for finding in need.findings] == ["note"]


def test_the_manifest_counts_the_rows_of_all_tables():
    assert read(vouched_rows=11)
    with pytest.raises(Refused, match="the 10 that the manifest states"):
        read(vouched_rows=10)


def test_a_nil_return_is_read_where_the_manifest_says_so():
    texts = read("<Message/>", vouched_rows=0)
    assert all(text.frame.empty for text in texts.values())
    assert {"persontableid", "sex"} <= {*texts["person"].frame.columns}


def test_a_file_cut_anywhere_is_refused_or_whole():
    data = XML.encode()
    whole = {name: text.frame.to_dict() for name, text in read().items()}
    for end in range(len(data)):
        try:
            texts = read(data[:end])
        except Refused:
            continue
        assert {name: text.frame.to_dict() for name, text in texts.items()} == whole


def test_bytes_changed_at_random_give_tables_or_a_refusal():
    chance, outcomes = random.Random(20250531), set()
    for _ in range(1_000):
        data = bytearray(XML.encode())
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            other = [chance.randbytes(chance.randint(0, 2)), b"<", b">", b"/", b"&", b"]]>", b" "]
            data[at : at + chance.randint(0, 3)] = chance.choice(other)
        try:
            read(bytes(data))
            outcomes.add("read")
        except Refused:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


NODES = {
    "PersonalDetails": "<YoungPersonsID>3440000000001</YoungPersonsID><CohortStatus>T"
    "</CohortStatus><GivenName>Child</GivenName><MiddleName/><FamilyName>Invented</FamilyName>"
    "<DOB>2007-05-04</DOB><LeadLEA>344</LeadLEA><TransferredToLACode>343</TransferredToLACode>"
    "<GuaranteeStatusIndicator>Y</GuaranteeStatusIndicator>",
    "SeptemberGuarantee": "<Year11><GuaranteeStatus>110</GuaranteeStatus><LEACode>344</LEACode>"
    "</Year11><Year12><LEACode>344</LEACode><GuaranteeStatus>151</GuaranteeStatus></Year12>",
    "LevelOfNeed": "<LevelOfNeedCode>3</LevelOfNeedCode><SENDFlag>N</SENDFlag><Characteristics>"
    "<CharacteristicCode>120</CharacteristicCode><CharacteristicCode>180</CharacteristicCode>"
    "</Characteristics>",
    "Activities": "<ActivityCode>230</ActivityCode><StartDate>2024-09-05</StartDate>"
    "<ReviewDate>2025-01-31</ReviewDate><DueToLapseDate>2025-10-31</DueToLapseDate>"
    "<CurrencyLapsed>N</CurrencyLapsed><PredictedEndDate/>",
    "IntendedDestination": "<IntendedDestinationYr11>111</IntendedDestinationYr11>",
}
TOLD = {
    "young_person_id": "3440000000001", "cohort_status": "T", "birth_date": "2007-05-04",
    "la_code": "344", "transferredtolacode": "343", "guarantee_indicator": "Y",
    "guarantee_status_y11": "110", "guarantee_status_y12": "151", "level_of_need": "3",
    "send_flag": "N", "activity_code": "230", "activity_start": "2024-09-05",
    "activity_review_date": "2025-01-31", "due_to_lapse_date": "2025-10-31",
    "currency_lapsed": "N", "intended_destination": "111", "month": "2025-03-31",
}  # fmt: skip


def young_person(nodes: dict[str, str], root: str = "NCCIS", before: str = "") -> dict:
    """What is read of one young person, None left out."""
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in nodes.items())
    head = "<FileHeader><PeriodEnd>2025-03-31</PeriodEnd></FileHeader>"
    record = f"<YoungPersonsRecord>{inside}</YoungPersonsRecord>"
    text = read(f"{before}<{root}>{head}\n{record}</{root.split()[0]}>", CCIS)["young_people"]
    return {name: cell for name, (cell,) in text.frame.items() if cell is not None}


def test_the_return_is_read_node_by_node():
    assert TOLD.items() <= young_person(NODES).items()


def test_every_field_of_the_description_is_read_in_its_node_and_told_from_its_namesakes():
    table = CCIS.table("young_people")
    parent = {node.name: node.inside for node in table.nodes}
    for column in (column for column in table.columns if column.node):
        node, inner = column.node, f"<{column.tag}>x{column.name}</{column.tag}>"
        while parent[node]:
            inner, node = f"<{node}>{inner}</{node}>", parent[node]
        assert young_person({node: inner})[column.name] == f"x{column.name}"


@pytest.mark.parametrize("shift", range(1, len(NODES)))
def test_the_order_of_nodes_does_not_matter(shift):
    order = [*NODES][shift:] + [*NODES][:shift]
    assert TOLD.items() <= young_person({name: NODES[name] for name in order[::-1]}).items()


def test_no_order_of_nodes_and_fields_and_no_other_name_of_a_node_changes_what_is_read():
    table, chance = CCIS.table("young_people"), random.Random(550)
    columns = [column for column in table.columns if column.node]
    written = {column.name: f"x{column.name}" for column in columns}

    def inside(node: str | None) -> str:
        parts = [f"<{c.tag}>{written[c.name]}</{c.tag}>" for c in columns if c.node == node]
        for inner in (inner for inner in table.nodes if inner.inside == node):
            name = chance.choice([inner.name, *inner.also_named])
            parts.append(f"<{name}>{inside(inner.name)}</{name}>")
        chance.shuffle(parts)
        return "".join(parts)

    for _ in range(100):
        record = f"<YoungPersonsRecord>{inside(None)}</YoungPersonsRecord>"
        (row,) = read(f"<NCCIS>{record}</NCCIS>", CCIS)["young_people"].frame.to_dict("records")
        assert {name: row[name] for name in written} == written


@pytest.mark.parametrize(
    "nodes",
    [
        {"SeptemberGuarantee": "", "IntendedDestination": "", "Characteristics": ""},
        {"SeptemberGuarantee": "<Year11/><Year12><GuaranteeStatus/><LEACode/></Year12>"},
        {"IntendedDestination": "<IntendedDestinationYr11></IntendedDestinationYr11>"},
    ],
)
def test_an_empty_node_says_nothing(nodes):
    kept = {name: NODES[name] for name in ("PersonalDetails", "LevelOfNeed", "Activities")}
    told = young_person(kept | nodes)
    assert not {"guarantee_status_y11", "guarantee_status_y12", "intended_destination"} & {*told}
    assert told["activity_code"] == "230"


@pytest.mark.parametrize(
    ("node", "other"),
    [
        ("Activities", "CurrentActivity"),
        ("Activities", "ActivityDetails"),
        ("LevelOfNeed", "IndividualCircumstances"),
    ],
)
def test_nodes_have_other_names_in_other_releases(node, other):
    nodes = {other if name == node else name: text for name, text in NODES.items()}
    assert TOLD.items() <= young_person(nodes).items()


def test_an_activity_may_stand_in_a_node_of_its_own():
    nodes = NODES | {"Activities": f"<Cohort>{NODES['Activities']}</Cohort>"}
    assert TOLD.items() <= young_person(nodes).items()


def test_the_root_may_bear_the_year_of_its_schema_and_say_its_release():
    assert TOLD.items() <= young_person(NODES, 'NCCIS2015 version="1.0"').items()
    with pytest.raises(Refused, match=r"R-COL .* an attribute .* of DOB in YoungPersonsRecord 1;"):
        young_person({"PersonalDetails": '<DOB format="d">2007-05-04</DOB>'})


def test_a_document_type_that_declares_nothing_is_read_where_systems_write_one():
    assert TOLD.items() <= young_person(NODES, before="<!DOCTYPE NCCIS>").items()
    for more in ('SYSTEM "nccis.dtd"', 'PUBLIC "-//x" "y.dtd"', '[<!ENTITY a "b">]', "[]"):
        with pytest.raises(Refused, match=r"R-XML .* document type"):
            young_person(NODES, before=f"<!DOCTYPE NCCIS {more}>")


def activity(code: str, **fields: str) -> str:
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f"<Activities><ActivityCode>{code}</ActivityCode>{inside}</Activities>"


OVER, GOING = {"CurrencyLapsed": "Y"}, {"CurrencyLapsed": "N"}
AUTUMN, WINTER = {"StartDate": "2024-09-02"}, {"StartDate": "2025-01-06"}


@pytest.mark.parametrize(
    ("activities", "read_is"),
    [
        ([("619", OVER), ("230", GOING)], "230"),
        ([("230", GOING), ("619", OVER)], "230"),
        ([("230", GOING | AUTUMN), ("619", OVER | WINTER)], "230"),
        ([("619", AUTUMN), ("230", WINTER)], "230"),
        ([("619", OVER | AUTUMN), ("230", OVER | WINTER)], "230"),
        ([("230", AUTUMN), ("310", {"StartDate": "2025-04-01"})], "230"),
        ([("230", AUTUMN), ("619", {})], "230"),
        ([("230", GOING), ("230", GOING)], "230"),
        ([("619", GOING), ("230", GOING)], None),
        ([("619", AUTUMN), ("230", AUTUMN)], None),
    ],
)  # fmt: skip
def test_of_several_activities_the_current_one_is_read(activities, read_is):
    kept = {name: NODES[name] for name in ("PersonalDetails", "LevelOfNeed")}
    inside = "".join(activity(code, **fields) for code, fields in activities)
    inside += "".join(f"<{name}>{text}</{name}>" for name, text in kept.items())
    head = "<FileHeader><PeriodEnd>2025-03-31</PeriodEnd></FileHeader>"
    record = f"<YoungPersonsRecord>{inside}</YoungPersonsRecord>"
    text = read(f"<NCCIS>{head}\n{record}</NCCIS>", CCIS)["young_people"]
    assert text.frame["activity_code"].tolist() == [read_is]
    assert text.frame["young_person_id"].tolist() == ["3440000000001"]
    (note,) = text.findings
    assert "1 YoungPersonsRecord hold several Activities" in note.message
    assert ("on line 2" in note.message) == (read_is is None)


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        (
            {"PersonalDetails": "<DOB>2007-05-04</DOB><Smith>x</Smith>"},
            ["element 2 of PersonalDetails in YoungPersonsRecord 1", "only YoungPersonsID, Coh"],
        ),
        (
            {"PersonalDetails": "<DOB>2007-05-04</DOB>", "Smith": "x"},
            ["element 2 of YoungPersonsRecord 1", "in YoungPersonsRecord only PersonalDetails, "],
        ),
        (
            {"Activities": "<ActivityCode>230</ActivityCode><ActivityPlan>1</ActivityPlan>"},
            ["ActivityPlan, element 2 of Activities", "in Activities only ActivityCode, StartDate"],
        ),
        (
            {"PersonalDetails": "<DOB>2007-05-04</DOB><CohortStaus>P</CohortStaus>"},
            ["element 2 of PersonalDetails in", "there; did you mean CohortStatus?"],
        ),
        (
            {"SeptemberGuarantee": "<Year13><GuaranteeStatus>110</GuaranteeStatus></Year13>"},
            ["element 1 of SeptemberGuarantee", "only Year11, Year12, GuaranteeStatus"],
        ),
    ],
)  # fmt: skip
def test_an_element_without_a_place_is_told_with_its_place_and_what_stands_there(nodes, words):
    with pytest.raises(Refused, match=r"R-COL at f.xml, line 2") as refusal:
        young_person(nodes)
    assert all(word in str(refusal.value) for word in words), str(refusal.value)
    assert "smith" not in str(refusal.value).casefold()
