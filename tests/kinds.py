"""What a test needs beyond Python, as markers that `make test-fast` leaves out: by the fixtures that start a server or
a sandbox, and by the folders whose tests train or load a model. Docker, Ray and what is slow are marked where they
stand.
"""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SERVERS = {
    "environments/alfworld": {"engine", "household", "textworld"},
    "environments/database": {"settings"},
    "environments/knowledge_graph": {"virtuoso"},
    "environments/operating_system": {"backend"},
    "environments/sandbox": {"backend"},
    "environments/webshop": {"environment", "products_1000", "state"},
}
MODELS = ("serve/check", "train/attention", "train/model", "train/plan", "train/run")


def mark(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.parent.relative_to(TESTS).as_posix()
        fixtures = set(getattr(item, "fixturenames", ()))
        if any(folder.startswith(place) and fixtures & names for place, names in SERVERS.items()):
            item.add_marker(pytest.mark.server)
        if folder.startswith(MODELS):
            item.add_marker(pytest.mark.model)
