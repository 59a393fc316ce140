"""What every environment must do, on the own graph, by text and by tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.conformance import check


@pytest.mark.server
def test_the_graph_is_an_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTTUNING_STATE", str(tmp_path))
    check("knowledge_graph", generate=10)
