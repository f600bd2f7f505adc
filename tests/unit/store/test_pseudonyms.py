import hmac
import stat

import pytest

from ingest.store.pseudonyms import KeyRefused, open_pseudonyms


def test_one_key_gives_one_pseudonym_and_another_key_another(tmp_path):
    first, second = open_pseudonyms(tmp_path / "a"), open_pseudonyms(tmp_path / "b")
    again = open_pseudonyms(tmp_path / "a")
    assert first.of("nhs", "9990000018") == again.of("nhs", "9990000018")
    assert first.of("nhs", "9990000018") != second.of("nhs", "9990000018")
    assert first.of("nhs", "9990000018") != first.of("uln", "9990000018")
    assert len(first.of("nhs", "9990000018")) == 64


def test_the_key_is_readable_by_its_owner_only_and_never_shown(tmp_path):
    pseudonyms = open_pseudonyms(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o400
    assert (tmp_path / "key").read_text().strip() not in repr(pseudonyms)


def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path):
    (tmp_path / "key").write_text("secret\n")
    (tmp_path / "key").chmod(0o400)
    with pytest.raises(KeyRefused, match="64 hexadecimal digits"):
        open_pseudonyms(tmp_path / "key")


def test_many_pseudonyms_are_each_the_hmac_of_its_identifier(tmp_path):
    pseudonyms, key = open_pseudonyms(tmp_path / "key"), (tmp_path / "key").read_text()
    identifiers = ["9990000018", "é", ""]
    told = pseudonyms.of_each("nhs", identifiers).to_pylist()
    for identifier, one in zip(identifiers, told, strict=True):
        hashed = hmac.new(bytes.fromhex(key), f"nhs:{identifier}".encode(), "sha256")
        assert one == hashed.hexdigest() == pseudonyms.of("nhs", identifier)
    assert pseudonyms.of_each("nhs", []).to_pylist() == []
