"""What the serving database showed when it was last asked: for whoever looks without asking it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.store.durable import write_whole

_FILE = "serving.json"


@dataclass(frozen=True)
class Standing:
    """The releases that the database shows; ``trouble`` is why it could not follow."""

    internal: str | None = None
    public: str | None = None
    trouble: str = ""

    def __str__(self) -> str:
        """Say it in a line."""
        shown = f"shows {self.internal or 'nothing'}, to the public {self.public or 'nothing'}"
        if not self.trouble:
            return f"The serving database {shown}"
        return (
            f"The serving database did not follow, and {shown} as far as is known. {self.trouble} "
            "The releases stand. To repeat it: `lasp serve-database`"
        )


def standing(home: Path) -> Standing | None:
    """Give what was known last of the database; None where nothing was ever served."""
    path = home / _FILE
    return Standing(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def keep(home: Path, found: Standing) -> None:
    """Write down what is known of the database now."""
    write_whole(home / _FILE, f"{json.dumps(asdict(found), indent=1)}\n".encode())
