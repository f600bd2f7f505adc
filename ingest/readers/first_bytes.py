"""Whether the bytes of a text file are those of another format."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.refusals import Refused

BOM = b"\xef\xbb\xbf"
NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or zip archive", "send what is inside, or name it .xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected Office file", "export the data as text"),
    (b"\x1f\x8b", "a gzip archive", "unpack it and send what is inside"),
    (b"%PDF", "a PDF document", "export the data as text"),
    (b"\xff\xfe", "UTF-16 text ('Unicode text' in Excel)", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text ('Unicode text' in Excel)", "save it as UTF-8"),
)
MARKUP = (b"<", "a web page or XML", "send the table; perhaps a log-in page was saved instead")


def refuse_other_formats(
    data: bytes, where: str, expected: str, others: Sequence[tuple[bytes, str, str]] = NOT_TEXT
) -> None:
    """Refuse what its first bytes show to be another format, and NUL bytes anywhere."""
    start = data.removeprefix(BOM).lstrip()
    if not start:
        raise Refused("R-EMPTY", where, "an empty file", expected, "send the file again")
    for magic, found, action in others:
        if start.startswith(magic):
            raise Refused("R-ENC", where, found, expected, action)
    if b"\0" in data:
        raise Refused(
            "R-ENC",
            where,
            f"a NUL byte in line {data[: data.index(0)].count(10) + 1}",
            f"{expected} in UTF-8 or Windows-1252",
            "export it again as UTF-8; NUL bytes come from UTF-16 or a damaged transfer",
        )
