"""The attack on the public parts of a year: `python -m tests.bench.public_year HOME`.

Each public release of a data folder is attacked beside those that were shown before it. The
released tables serve as witness: what the attack takes for certain must hold of the true numbers.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.publication import public
from orchestration.publication.public import audit, cube, solving
from orchestration.publication.release import approvals, history, rendering

COLUMNS = (
    "release", "figures", "hidden", "equations", "exact", "narrow", "group", "unsolved",
    "untrue", "left_out", "attack_s", "headline_pct", "counts_pct", "rounding",
)  # fmt: skip


@dataclass
class Witness:
    """The true numbers, by quantity as the attack names them."""

    true: dict[audit.Quantity, float] = field(default_factory=dict)

    def hear(
        self, record: history.ReleaseRecord, known: audit.Knowledge, shown: set[audit.Key]
    ) -> None:
        """Take the numbers of a release for the quantities that its public part shows or hides."""
        tables = rendering.tables_of(record.path, record.manifest)
        for row in tables.rows("indicator_values", area_code=record.local_area):
            key = audit.Key(*(row[name] for name in cube.KEY))
            for part in audit.PARTS:
                one = audit.Quantity(key, part, known.versions.get(key, 0))
                if row[part] is not None and key in shown:
                    self.true.setdefault(one, float(row[part]))

    def _is_nearly_all(self, one: audit.Quantity, known: audit.Knowledge) -> bool:
        if one not in known.either:
            return False
        (least, most), whole = known.either[one].span, self.true[known.either[one].whole]
        return least <= self.true[one] <= most and whole - self.true[one] <= solving.SMALL

    def untrue(self, known: audit.Knowledge) -> Iterator[str]:
        """Give the bounds and equations that do not hold."""
        for one, (least, most) in known.bounds.items():
            is_true = one not in self.true or least <= self.true[one] <= most
            if not is_true and not self._is_nearly_all(one, known):
                yield f"{one} is {self.true[one]:g}, not {least:g} to {most:g}"
        for equation in known.equations:
            parts = [(self.true.get(one), weight) for one, weight in equation.weights]
            if equation.is_assumed or any(value is None for value, _ in parts):
                continue
            if not equation.least <= sum(v * w for v, w in parts) <= equation.most:
                yield f"{equation.name}: {parts} of {equation.weights[0][0].key}"


def year(home: Path) -> Iterator[dict[str, Any]]:
    """Attack each public release beside those before it; gives a row of the table for each."""
    witness, folders = Witness(), []
    for record in approvals.shown(home):
        began = time.process_time()
        attack = public.attack(folders)
        found = attack.on(record.public)
        spent = time.process_time() - began
        known, rows = attack.learn(record.public)
        folders.append(record.public)
        witness.hear(record, known, {one.key for one in rows})
        untrue = list(witness.untrue(known))
        for one in (*found, *untrue):
            print(f"  {one}", file=sys.stderr)
        facts = record.manifest["public"]
        yield {
            "release": record.release_id, "figures": len(rows), "hidden": len(known.hidden),
            "equations": len(known.equations), "untrue": len(untrue),
            **dict.fromkeys(("exact", "narrow", "group", "unsolved"), 0),
            **Counter(one.kind for one in found), "left_out": len(facts["left_out"]),
            "attack_s": round(spent, 2),
            "headline_pct": facts["service_performance_shown_pct"],
            "counts_pct": facts["other_counts_shown_pct"],
            "rounding": facts["mean_rounding_error"],
        }  # fmt: skip


def main() -> None:
    """Print the table."""
    print("  ".join(COLUMNS))
    for row in year(Path(sys.argv[1])):
        print("  ".join(f"{row[name]!s:>{len(name)}}" for name in COLUMNS), flush=True)


if __name__ == "__main__":
    main()
