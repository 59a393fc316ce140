"""What the Mind2Web environment costs: a page, a question, a ranking, the metrics; and how many right elements BM25
ranks among the first. Prints a dated Markdown report.

    python -m benchmarks.mind2web > benchmarks/mind2web/YYYY-MM-DD.md

The page is synthetic: so many elements besides the texts, nested and with attributes as real ones. Times are processor
time. Target: reading, cutting and rendering a page of 3,000 elements in at most 50 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from environments.mind2web.course import Course
from environments.mind2web.dom.page import ID, TEXT, read_page, write_page
from environments.mind2web.dom.pruning import cut
from environments.mind2web.dom.question import ask
from environments.mind2web.dom.ranking import ranked
from environments.mind2web.dom.rendering import numbers, render
from environments.mind2web.loading.files import recordings
from environments.mind2web.loading.recording import read_recording
from environments.mind2web.metrics import summary
from environments.mind2web.payload import Payload, Step
from environments.mind2web.recorded import recorded_files
from environments.mind2web.steps import in_order
from environments.rows import Row

ELEMENTS = 3000
TIMES = 50
STEPS = 10_000
RANKS = (1, 5, 10, 50)
WORDS = ("book", "flight", "hotel", "search", "menu", "close", "price", "date", "account", "cart", "size", "next")
TASK = "Book a hotel near the airport and filter the results by price"


def synthetic_page(elements: int, seed: int = 1) -> str:
    """A page of that many elements, besides the texts."""
    rng, made = Random(seed), 0

    def element(depth: int) -> str:
        nonlocal made
        made += 1
        tag = rng.choice(("div", "div", "span", "li", "a", "button", "input", "ul"))
        said = "".join(f' {name}="{_said(rng, 4)}"' for name in ("role", "aria_label", "title") if rng.random() < 0.3)
        begin = f'<{tag} backend_node_id="{made}"{said}>'
        inside = [f'<text backend_node_id="t{made}">{_said(rng, 6)}</text>'] if rng.random() < 0.5 else []
        while made < elements and depth < 30 and rng.random() < 0.75:
            inside.append(element(depth + 1))
        return " ".join([begin, *inside, f"</{tag}>"])

    parts = []
    while made < elements - 1:
        parts.append(element(1))
    return f'<html backend_node_id="0"> {" ".join(parts)} </html>'


def _said(rng: Random, most: int) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, most)))


def _row(name: str, work: Callable[[], Any]) -> str:
    spent = []
    for _ in range(TIMES):
        started = time.process_time()
        work()
        spent.append((time.process_time() - started) * 1000)
    return f"| {name} | {statistics.median(spent):.2f} | {sorted(spent)[int(TIMES * 0.95)]:.2f} |"


def _measure_page(elements: int) -> None:
    html = synthetic_page(elements)
    page = read_page(html)
    ids = [each.get(ID) for each in page.iter("*") if each.tag != TEXT]
    ten = Random(2).sample(ids, 10)
    payload = Payload(
        mode="step",
        annotation="a",
        task=TASK,
        previous=[],
        steps=[Step("u", write_page(cut(page, ten)), candidates=ten, positives=ten[:1], operation="CLICK", value="")],
    )
    print(f"## A page of {len(ids):,} elements ({len(html) // 1024:,} KiB), {TIMES} times each, ms\n")
    print("| | median | p95 |\n|---|---|---|")
    print(_row("read it", lambda: read_page(html)))
    print(_row("the question about five candidates: cut down and rendered", lambda: ask(page, ten[:5])))
    print(_row("both", lambda: ask(read_page(html), ten[:5])))
    print(_row("all of it rendered", lambda: render(page, numbers(page))))
    print(_row("its candidates ranked", lambda: ranked(page, ids, TASK)))
    print(_row("a question in an episode, from the page as a task holds it", lambda: Course.begin(payload).question))


def _measure_metrics() -> None:
    rng = Random(3)
    episodes = [
        {
            "mode": "step",
            "annotation": str(number // 7),
            "steps": [{"element": rng.random() < 0.5, "operation": rng.random(), "reachable": rng.random() < 0.9}],
        }
        for number in range(STEPS)
    ]
    print(f"\n## The metrics, {TIMES} times, ms\n\n| | median | p95 |\n|---|---|---|")
    print(_row(f"of {STEPS:,} steps", lambda: summary(episodes)))


def _measure_recall() -> None:
    print("\n## Steps of the recorded set with a right element among the first k of BM25\n")
    print(f"| split | steps | candidates (median) | {' | '.join(f'k = {k}' for k in RANKS)} |")
    print("|---" * (3 + len(RANKS)) + "|")
    for split in ("train", "dev", "test"):
        places, candidates = [], []
        for file in recorded_files(split):
            for row in recordings(file):
                recording = read_recording(Row(row.place, row.values))
                for action in recording.actions:
                    order = in_order(recording.task, action)
                    candidates.append(len(order))
                    places.append(min((order.index(id) for id in action.positives), default=len(order)))
        recall = [sum(place < k for place in places) / len(places) for k in RANKS]
        shown = " | ".join(f"{each:.2f}" for each in recall)
        print(f"| {split} | {len(places)} | {statistics.median(candidates):.0f} | {shown} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mind2web", description=__doc__.split("\n")[0])
    parser.add_argument("--elements", type=int, default=ELEMENTS, help="of the synthetic page")
    arguments = parser.parse_args()
    print(f"# Mind2Web, {date.today()}\n\n{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before.\n")
    _measure_page(arguments.elements)
    _measure_metrics()
    _measure_recall()


if __name__ == "__main__":
    main()
