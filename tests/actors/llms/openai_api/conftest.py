"""Keys that the practice provider may be told to know."""

from __future__ import annotations

import pytest

from tests.actors.llms.openai_api.practised import SECRET


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        monkeypatch.setenv(f"PRACTICE_KEY_{number}", f"{SECRET}{number}")
