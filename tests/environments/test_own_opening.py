"""An opening of the user's own is sent to the byte, in every environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from environments.contract import UserError
from environments.database import opening as database
from environments.database.settings import Settings as DatabaseSettings
from environments.knowledge_graph import grammar as knowledge_graph
from environments.message import Message
from environments.operating_system import grammar as operating_system
from environments.operating_system.payload import Payload
from environments.own_opening import read_own_opening
from environments.webshop.opening import read_opening

SAID = [("user", "\nDo it. \n"), ("agent", "Ok.\r\n"), ("user", '{"a":["..."]}\n\n'), ("assistant", " \u2028done\t")]

OPENINGS: dict[str, Callable[[str], Sequence[Message]]] = {
    "database": lambda folder: database.prefix(DatabaseSettings(prompts=folder)),
    "knowledge_graph": lambda folder: knowledge_graph.opening("who?", {}, folder)[:-1],
    "operating_system": lambda folder: operating_system.opening(Payload(description="what?"), Path(folder))[:-1],
    "webshop": lambda folder: read_opening(folder, True),
}


def write(folder: Path, content: object) -> str:
    (folder / "opening.json").write_text(json.dumps(content), encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize("name", OPENINGS)
def test_it_is_sent_to_the_byte(name: str, tmp_path: Path) -> None:
    shown = OPENINGS[name](write(tmp_path, [{"role": role, "content": content} for role, content in SAID]))
    assert [message.content for message in shown] == [content for _, content in SAID]
    assert [(message.role, message.loss) for message in shown] == [("user", None), ("assistant", False)] * 2


@pytest.mark.parametrize("name", OPENINGS)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "must alternate"),
        ([{"role": "user", "content": "x"}], "must alternate"),
        ([{"role": "agent", "content": "x"}, {"role": "user", "content": "x"}], "must alternate"),
        ([{"role": "system", "content": "x"}], "no opening"),
        ({"role": "user"}, "no opening"),
    ],
)
def test_what_is_none_is_refused_in_one_line(name: str, content: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said) as refused:
        OPENINGS[name](write(tmp_path, content))
    assert str(tmp_path / "opening.json") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert read_own_opening(tmp_path) is None
    (tmp_path / "opening.json").write_bytes(b"\xff")
    with pytest.raises(UserError, match="no opening"):
        read_own_opening(tmp_path)
