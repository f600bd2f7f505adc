"""Cases of the casework and of the feeds beside it, as rows of a small lake."""

from collections.abc import Iterator
from datetime import date

BORN = date(2016, 5, 1)
KEYS = {
    "person": "persontableid",
    "requests": "requeststableid",
    "assessment": "assessmenttableid",
    "namedplan": "namedplantableid",
    "plandetail": "plandetailtableid",
    "activeplans": "activeplanstableid",
    "placementdetail": "placementdetailtableid",
    "senneed": "senneedtableid",
}
PARENTS = {
    "requests": "person",
    "assessment": "requests",
    "namedplan": "assessment",
    "plandetail": "namedplan",
    "activeplans": "requests",
    "placementdetail": "activeplans",
    "senneed": "activeplans",
}


class Deliveries:
    """Rows by feed, sender and table; each row has a number of its own in its table."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], dict[str, list[dict]]] = {}

    def add(self, feed: str, table: str, sender: str, **row: object) -> int:
        """Add one row; give its number."""
        rows = self.tables.setdefault((feed, sender), {}).setdefault(table, [])
        rows.append({"source_row": len(rows) + 2} | row)
        return rows[-1]["source_row"]

    def case(self, sender: str, number: str, **told: dict | None) -> dict[str, int]:
        """Add one case, as far as it has come; give the number of its row in each table.

        Args:
            number: of the case, and of its record in every table.
            told: what each table says of it; a table that is None has no row.
        """
        told = {"person": {}, "requests": {}} | told
        told["person"] = {"birth_month": BORN, "sex": "F"} | told["person"]
        told["requests"] = {"case_id": number} | told["requests"]
        rows = {}
        for table, key in KEYS.items():
            if told.get(table) is None:
                continue
            keys = {key: number}
            if table in PARENTS:
                keys[KEYS[PARENTS[table]]] = number
            rows[table] = self.add("sen2_ehc", table, sender, **keys, **told[table])
        return rows

    def review(self, sender: str, number: str, **row: object) -> int:
        """Add one review of a case."""
        return self.add(
            "annual_reviews", "reviews", sender,
            **{"review_id": number, "case_id": number, "review_type": "annual"} | row,
        )  # fmt: skip

    def __iter__(self) -> Iterator[tuple[str, str, dict[str, list[dict]]]]:
        for (feed, sender), tables in self.tables.items():
            yield feed, sender, tables
