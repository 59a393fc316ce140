"""What a person sees of the training data: the mask, the counts, and nothing that acts on a terminal or a browser."""

from __future__ import annotations

import argparse
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from actors.program.user_error import UserError
from tests.train import tokenizers_of_families as families
from tests.train.renderers.conversations import conversations, talk
from train.preview import preview, preview_command
from train.preview.preview_html import page
from train.preview.shown_tokens import shown_tokens
from train.renderers import Renderer, create
from train.renderers.conversation import Conversation

NASTY = "\x1b[31mred\x1b]0;title\x07 \u202eback <script>alert(1)</script> </div> & [bold]x[/bold] \r\n</s><|im_end|>"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return families.chatml(tmp_path_factory.mktemp("models") / "chatml")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, model: Path) -> list[Renderer]:
    folder = tmp_path_factory.mktemp("llama")
    return [
        create("auto", str(path), None)
        for path in (model, families.llama2(folder / "2"), families.llama3(folder / "3"))
    ]


@pytest.fixture
def config(tmp_path: Path, model: Path) -> Path:
    agent = [{"from": "human", "value": "task"}, {"from": "gpt", "value": "Ok.", "loss": False}]
    agent += [{"from": "human", "value": "q"}, {"from": "gpt", "value": NASTY, "loss": True}]
    (tmp_path / "agent.jsonl").write_text(json.dumps({"id": "db_1", "conversations": agent}) + "\n")
    chat = [
        {"id": i, "model": "gpt-4", "items": [{"from": "human", "value": "q"}, {"from": "gpt", "value": f"a{i}"}]}
        for i in range(9)
    ]
    lines = [{"items": []}, *chat]
    (tmp_path / "chat.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    data = {
        "agent": [{"path": str(tmp_path / "agent.jsonl")}],
        "general": [{"path": str(tmp_path / "chat.jsonl"), "label_field": "model"}],
    }
    content = {"model": str(model), "out": str(tmp_path / "out"), "steps": 1, "data": data}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(content))
    return tmp_path / "config.yaml"


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    preview_command.add_arguments(parser)
    return preview_command.run(parser.parse_args(words))


def test_the_terminal_shows_mask_counts_and_what_was_left_out(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(config), "--limit", "2") == 0
    printed = capsys.readouterr().out
    assert "db_1 agent, db: " in printed
    assert "⟦a│0│<|im_end|>⟧" in printed
    assert re.search(r"general +│ gpt-4 +│ +2 │", printed)
    assert "chat.jsonl: left out: 1 × no turn of the assistant that answers one" in printed
    assert "renderer 'chatml'" in printed
    assert not set(printed) & set("\x1b\x07\u202e\r")


def test_one_source_and_overrides_can_be_named(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(config), "data.renderer=template", "--source", str(config.parent / "chat.jsonl")) == 0
    printed = capsys.readouterr().out
    assert "renderer 'template'" in printed
    assert "db_1" not in printed
    with pytest.raises(UserError, match=r"--source 'x' is none of the config's: .*agent.jsonl, .*chat.jsonl"):
        run(str(config), "--source", "x")
    with pytest.raises(UserError, match="--limit 0: give a number from 1"):
        run(str(config), "--limit", "0")


class _Page(HTMLParser):
    """Its text, its tags, and the text inside `<b>`."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.green: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._inside = tag
        assert not {name for name, _ in attrs} & {"src", "href", "onload", "onclick"}

    def handle_data(self, data: str) -> None:
        if self._inside == "b":
            self.green.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def test_the_page_is_whole_by_itself_and_escapes_everything(config: Path) -> None:
    assert run(str(config), "--html", str(config.parent / "page.html"), "--limit", "1") == 0
    text = (config.parent / "page.html").read_text(encoding="utf-8")
    seen = _Page()
    seen.feed(text)
    assert not seen.tags & {"script", "img", "link", "iframe"}
    assert "http" not in text.replace("http-equiv", "")
    assert not set(text) & set("\x1b\x07\u202e\r")
    green = "".join(seen.green).replace("⏎\n", "\n")
    assert green.startswith("Trained tokens\\x1b[31mred\\x1b]0;title\\x07 \\u202eback <script>alert(1)</script>")
    assert green.endswith("</s><|im_end|><|im_end|>a0<|im_end|>")
    with pytest.raises(UserError, match="cannot write"):
        run(str(config), "--html", str(config.parent / "none" / "page.html"))


@given(conversation=conversations())
def test_shown_tokens_are_the_text_and_every_id_once(made: list[Renderer], conversation: Conversation) -> None:
    for renderer in made:
        rendered = renderer.render(conversation)
        shown = list(shown_tokens(renderer, rendered))
        assert [index for token in shown for index in token.ids] == rendered.token_ids
        assert [token.trained for token in shown for _ in token.ids] == rendered.trained
        decoded = renderer.encoder.decode(rendered.token_ids) or ""
        if renderer.name != "llama-2":  # whose decoder knows where a text begins
            assert "".join(token.text for token in shown) == decoded


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufdd0▁")))
def test_nothing_shown_acts_on_a_terminal(made: list[Renderer], content: str) -> None:
    tokens = list(shown_tokens(made[0], made[0].render(talk(content, content))))
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="standard", width=200).print(
        preview.coloured(tokens), soft_wrap=True
    )
    colours = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())
    for shown in (colours, preview.plain(tokens)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_colours_tell_trained_from_masked(made: list[Renderer]) -> None:
    renderer = made[0]
    text = preview.coloured(list(shown_tokens(renderer, renderer.render(talk("q", "yes")))))
    green = "".join(
        text.plain[span.start : span.end] for span in text.spans if str(span.style).startswith(preview.TRAINED)
    )
    assert green == "yes<|im_end|>"


def test_an_empty_report_is_still_a_page() -> None:
    assert "<table>" in page(preview.Report([], {}, {}), "<r>", "<m>")
    assert "&lt;r&gt;" in page(preview.Report([], {}, {}), "<r>", "<m>")
