"""The engine that the games of these tests are loaded in."""

from __future__ import annotations

import pytest

from tests.environments.alfworld.games.engine import Engine


@pytest.fixture(scope="session")
def engine(textworld: None) -> Engine:
    return Engine()
