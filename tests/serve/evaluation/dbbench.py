"""A file in DBBench's format."""

from __future__ import annotations

import json
from pathlib import Path


def rows(path: Path, *kinds: str) -> None:
    """One row for each of `kinds`, every one about another table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, kind in enumerate(kinds):
        table = {
            "table_name": f"fruit{number}",
            "table_info": {"columns": [{"name": "name"}, {"name": "price"}], "rows": [["fig", "3"]]},
        }
        lines.append(json.dumps({"description": f"Question {number}?", "type": [kind], "label": ["3"], "table": table}))
    path.write_text("".join(f"{line}\n" for line in lines))
