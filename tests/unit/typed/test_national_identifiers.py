"""Which texts are national identifiers. Numbers are of the ranges that belong to nobody."""

import random

import pytest

from ingest.typed.national_identifiers import IDENTIFIERS

BETWEEN = [
    *" \u00a0\u1680\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    *"-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d",
    *"\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff\u2800\ufe0f",
]


def fault(kind: str, text: str) -> str | None:
    return IDENTIFIERS[kind].fault(IDENTIFIERS[kind].normalise(text))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("nhs_number", "9990000018"),
        ("nhs_number", "999 000 0018"),
        ("nhs_number", "999-000-0026"),
        ("upn", "A344000000010"),
        ("upn", " p344000000011 "),
        ("upn", "A34400000001A"),
        ("upn", "c34400000005a"),
        ("uln", "9990000009"),
        ("uln", " 9990000017 "),
        ("nhs_number", "999\u00a0000\u00a00018"),
        ("upn", "A344\u00a0000 000010"),
        ("uln", "999 0000009"),
        ("nhs_number", "'9990000018"),
        ("upn", "\u2019A344000000010"),
    ],
)
def test_a_sound_identifier_has_no_fault(kind, text):
    assert fault(kind, text) is None


@pytest.mark.parametrize("kind", ["nhs_number", "upn", "uln"])
@pytest.mark.parametrize("between", BETWEEN)
def test_every_blank_dash_and_unseen_character_may_stand_in_an_identifier(kind, between):
    sound = {"nhs_number": "9990000018", "upn": "A344000000010", "uln": "9990000009"}[kind]
    assert fault(kind, f"{between}{sound[:3]}{between}{sound[3:]}{between}") is None
    assert fault(kind, f"{sound[:3]}.{sound[3:]}") is not None


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("nhs_number", "9990000019", "check digit does not fit"),
        ("nhs_number", "9990000081", "check digit does not fit"),
        ("nhs_number", "0000000000", "repeats one digit"),
        ("nhs_number", "9999999999", "repeats one digit"),
        ("nhs_number", "9990000140", "never issued"),
        ("nhs_number", "999000001", "not have ten digits"),
        ("nhs_number", "99900000018", "not have ten digits"),
        ("nhs_number", "9990000018\n", "not have ten digits"),
        ("nhs_number", "999.000.0018", "not have ten digits"),
        ("nhs_number", "９990000018", "not have ten digits"),
        ("upn", "B344000000010", "check letter does not fit"),
        ("upn", "A344000000011", "check letter does not fit"),
        ("upn", "A34400000001B", "check letter does not fit"),
        ("upn", "A34400000001", "not have thirteen characters"),
        ("upn", "A3440000000100", "not have thirteen characters"),
        ("upn", "A3440000O0010", "never I, O or S"),
        ("upn", "A34400000001I", "never I, O or S"),
        ("upn", "1344000000010", "never I, O or S"),
        ("upn", "A344 00000010", "not have thirteen characters"),
        ("uln", "9990000008", "check digit does not fit"),
        ("uln", "9999999999", "placeholder"),
        ("uln", "0990000009", "first is not 0"),
        ("uln", "999000009", "first is not 0"),
    ],
)
def test_the_fault_of_an_identifier_is_told_in_words(kind, text, words):
    assert words in (fault(kind, text) or "")


def test_no_number_is_both_an_nhs_number_and_a_learner_number():
    numbers = [f"999{n:07d}" for n in range(5000)]
    nhs = {n for n in numbers if fault("nhs_number", n) is None}
    uln = {n for n in numbers if fault("uln", n) is None}
    assert len(nhs) > 400 and len(uln) > 400 and not nhs & uln


@pytest.mark.parametrize(("kind", "sound"), [("nhs_number", "9990000018"), ("uln", "9990000009")])
def test_two_neighbouring_digits_that_change_places_do_not_pass(kind, sound):
    pairs = [at for at in range(9) if sound[at] != sound[at + 1]]
    turned = [sound[:at] + sound[at + 1] + sound[at] + sound[at + 2 :] for at in pairs]
    assert turned and all(fault(kind, number) for number in turned)


@pytest.mark.parametrize("kind", IDENTIFIERS)
def test_many_identifiers_are_judged_as_each_is_by_itself(kind):
    chance, one = random.Random(kind), IDENTIFIERS[kind]
    letters = "0123456789" * 3 + "ABCDEFGHJKLMNPQRTUVWXYZ" * (kind == "upn")
    cells = ["A344000000010", "9990000009", *(c * one.length for c in ("", "é", "9", "0"))]
    for _ in range(20_000):
        first = chance.choice(letters if kind != "upn" else letters[30:])
        cells.append(first + "".join(chance.choices("0123456789", k=one.length - 2)))
        cells[-1] += chance.choice(letters)
        place, sign = chance.randrange(one.length), chance.choice(" -/:;?!~\x01")
        cells.append(cells[-1][:place] + sign + cells[-1][place + 1 :])
    read = one.read_each(cells)
    assert read == [*map(one.read, cells)]
    assert sum(cell is not None for cell in read) > 300
