"""What the tests of the ALFWorld environment play with; they are skipped where its packages are not installed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import pytest_asyncio

from environments.alfworld.environment import Alfworld
from environments.alfworld.logic import PACKAGES
from environments.alfworld.settings import Settings


@pytest.fixture(scope="session")
def textworld() -> None:
    """Skips where there is no engine."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; run .ci/install-alfworld")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory of the test's own."""
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest_asyncio.fixture
async def household(textworld: None) -> AsyncIterator[Alfworld]:
    """A started environment with one worker."""
    environment = Alfworld(Settings(workers=1, spares=0))
    await environment.start()
    yield environment
    await environment.stop()
    assert await environment.sweep() == 0
