"""The engine that the games of these tests are loaded in."""

from __future__ import annotations

import pytest

from tests.environments.alfworld.games.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    pytest.importorskip("textworld.envs.pddl", reason="TextWorld's PDDL engine is not installed")
    pytest.importorskip("alfworld", reason="ALFWorld's domain and grammar are not installed")
    return Engine()
