"""The price table that comes with the project, and a user's own in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.llms.openai_api.settings import PRICES, OpenAISettings
from actors.program.user_error import UserError


def test_the_shipped_table_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = OpenAISettings(model="any").price_table()
    assert table is not None
    assert "gpt-4o" in table.models


def test_a_table_of_that_path_where_one_works_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(PRICES).parent.mkdir()
    Path(PRICES).write_text("models: {own: {input: 1, output: 2}}")
    table = OpenAISettings(model="any").price_table()
    assert table is not None
    assert list(table.models) == ["own"]


def test_another_path_is_never_replaced_by_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"cannot read price table 'prices/mine.yaml'"):
        OpenAISettings(model="any", prices="prices/mine.yaml").price_table()
