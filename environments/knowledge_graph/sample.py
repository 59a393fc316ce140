"""Writes questions about a graph of the user's as AgentBench's JSON, which this environment loads.

    python -m environments.knowledge_graph.sample graph.nt.gz ontology/ 500 --seed 1 > questions.json

The graph is loaded into the embedded store as for an episode. Families that need numbers find none in a graph without
any: name others.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from environments.contract import Task, UserError
from environments.knowledge_graph import ontology
from environments.knowledge_graph.engines import store
from environments.knowledge_graph.generate import generate_from, ground
from environments.knowledge_graph.source import StoreSource


def row(task: Task) -> dict[str, Any]:
    """A generated task as a row of AgentBench's."""
    assert task.reference is not None
    counted = task.payload["s_expression"].startswith("(COUNT")
    return {
        "question": task.payload["question"],
        "qid": task.id,
        "source": task.family,
        "entities": task.payload["entities"],
        "s_expression": task.payload["s_expression"],
        "actions": task.reference["calls"],
        "answer": [
            {"answer_type": "Value" if counted else "Entity", "answer_argument": answer}
            for answer in task.payload["answers"]
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path, help="N-Triples, plain or .gz")
    parser.add_argument("ontology", type=Path, help="a folder like AgentBench's ontology/")
    parser.add_argument("count", type=int, help="how many questions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", nargs="*", default=[], help="only these; without: all")
    options = parser.parse_args()
    try:
        folder = store.prepare(options.graph, 3600)
        if said := store.left_out(folder):
            print(f"{options.graph}: {said}", file=sys.stderr)
        source = StoreSource(folder)
        known = ground(source, ontology.read(options.ontology))
        name = options.graph.name.partition(".")[0]
        tasks = list(generate_from(known, options.count, options.seed, "", options.families, name))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    json.dump([row(task) for task in tasks], sys.stdout, ensure_ascii=False, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
