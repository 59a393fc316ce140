"""What every environment must do, on the own graph, by text and by tools."""

from __future__ import annotations

import shutil
import tempfile

import pytest

from environments.conformance import check


@pytest.mark.server
def test_the_graph_is_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    state = tempfile.mkdtemp(prefix="at-")  # a socket's path must be short
    monkeypatch.setenv("AGENTTUNING_STATE", state)
    check("knowledge_graph", generate=10)
    shutil.rmtree(state, ignore_errors=True)
