"""What is trained of conversations in the published forms: replies and their stop tokens, behind the prompts that a
server builds.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest
import torch

from actors.program.user_error import UserError
from actors.records.trajectory import Message
from tests.train.renderers.conversations import talk
from tests.train.renderers.published import LLAMA31, PUBLISHED
from train.model.export_metadata import write_metadata
from train.model.trained_model import rendering_record
from train.renderers import Rendered, Renderer, RenderError, create, documents
from train.renderers.conversation import Conversation
from train.renderers.renderer import REWRITES

TRAINABLE = [name for name in PUBLISHED if name not in ("qwen3-thinking", "deepseek-r1", "glm-4")]
TALKS = [
    talk("q", "a"),
    talk("q", "a", "r", "b", "s", "c"),
    talk("What is it?", "x = 1\n\ny  = 2", "  and\n", "No <|im_end|>", "t"),
]
DROPPED = talk("q", "a", "r", "b", losses=[False, True])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Renderer]:
    folder = tmp_path_factory.mktemp("published")
    return {name: create("auto", PUBLISHED[name].write(folder / name), None) for name in TRAINABLE}


def with_system(conversation: Conversation) -> Conversation:
    return conversation._replace(messages=(Message("system", "Be brief."), *conversation.messages))


def trained(renderer: Renderer, rendered: Rendered) -> list[tuple[str, str]]:
    """Each trained run with what stands before it, decoded."""
    found, begin = [], 0
    for on, group in groupby(rendered.trained):
        end = begin + len(list(group))
        if on:
            ids = rendered.token_ids
            found.append((renderer.encoder.decode(ids[:begin]) or "", renderer.encoder.decode(ids[begin:end]) or ""))
        begin = end
    return found


@pytest.mark.parametrize("conversation", [*TALKS, DROPPED])
@pytest.mark.parametrize("name", TRAINABLE)
def test_each_reply_is_trained_with_its_stop_behind_the_prompt_that_a_server_builds(
    name: str, conversation: Conversation, made: dict[str, Renderer]
) -> None:
    renderer, encoder = made[name], made[name].encoder
    wanted = [i for i, m in enumerate(conversation.messages) if m.role == "assistant" and m.loss is not False]
    found = trained(renderer, renderer.render(conversation))
    assert [said.strip() for _, said in found] == [
        conversation.messages[i].content + PUBLISHED[name].stop for i in wanted
    ]
    for i, (before, _) in zip(wanted, found, strict=True):
        served = encoder.template_ids(encoder.template_text(conversation.messages[:i], generation=True))
        assert before == encoder.decode(served)


@pytest.mark.parametrize("name", TRAINABLE)
def test_the_beginning_of_text_stands_once(name: str, made: dict[str, Renderer]) -> None:
    begin = made[name].encoder.tokenizer.bos_token_id
    assert made[name].render(talk("q", "a", "r", "b")).token_ids.count(begin) <= 1


@pytest.mark.parametrize("name", ["qwen3", "phi-3", "llama-3.1", "qwen2.5", "zephyr"])
def test_a_system_message_is_context(name: str, made: dict[str, Renderer]) -> None:
    found = trained(made[name], made[name].render(with_system(talk("q", "a", "r", "b"))))
    assert [said.strip() for _, said in found] == [f"{reply}{PUBLISHED[name].stop}" for reply in "ab"]
    assert "Be brief." in found[0][0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("gemma-2", r"the chat template refuses it \(System role not supported\)"), ("mistral-v0.3", REWRITES)],
)
def test_a_conversation_that_a_template_cannot_say_is_left_out_by_itself(
    name: str, reason: str, made: dict[str, Renderer]
) -> None:
    good, refused = made[name].render_many([TALKS[1], with_system(TALKS[1])])
    assert isinstance(good, Rendered)
    assert isinstance(refused, RenderError)
    with pytest.raises(RenderError, match=reason):
        raise refused


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("deepseek-r1", "rewrites what it wrote.*'<think>"),
        ("glm-4", "ends a reply with no special token"),
    ],
)
def test_where_all_are_refused_it_is_one_line_that_names_the_key(name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=why) as caught:
        create("auto", PUBLISHED[name].write(tmp_path), None)
    assert str(caught.value).endswith("give another as data.chat_template")
    assert "\n" not in str(caught.value)


def test_a_thought_that_the_prompt_opens_is_not_said_again_and_a_reply_without_one_is_left_out(tmp_path: Path) -> None:
    renderer = create("auto", PUBLISHED["qwen3-thinking"].write(tmp_path), None)
    ((before, said),) = trained(renderer, renderer.render(talk("q", "<think>\nwell\n</think>\n\na")))
    assert before.endswith("<|im_start|>assistant\n<think>\n")
    assert said == "well\n</think>\n\na<|im_end|>"
    with pytest.raises(RenderError, match="writes a reply otherwise than it is: </think> a"):
        renderer.render(talk("q", "a"))


THOUGHTS = talk("q", "<think>\nfirst\n</think>\n\na", "r", "<think>\nthen\n</think>\n\nb")


def test_thoughts_that_history_loses_are_left_out_or_split_into_a_document_for_each_reply(
    made: dict[str, Renderer],
) -> None:
    renderer = made["qwen3"]
    plain = talk("q", "a")
    ((_, dropped), (_, kept)) = documents(renderer, [THOUGHTS, plain], "drop")
    assert isinstance(dropped, RenderError)
    assert dropped.reason == REWRITES
    assert isinstance(kept, Rendered)
    *parts, (last, _) = documents(renderer, [THOUGHTS, plain], "split")
    assert [conversation.id for conversation, _ in parts] == ["talk", "talk"]
    assert last is plain
    for (_, rendered), end in zip(parts, (1, 3), strict=True):
        assert isinstance(rendered, Rendered)
        ((before, said),) = trained(renderer, rendered)
        assert said == THOUGHTS.messages[end].content + "<|im_end|>"
        assert before == renderer.encoder.template_text(THOUGHTS.messages[:end], generation=True)


def test_the_date_is_that_of_one_day_however_long_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = create("auto", PUBLISHED["llama-3.1"].write(tmp_path), None).encoder
    first = encoder.template_text(talk("q").messages)
    encoder._today = encoder._today.replace(year=2031, month=2, day=3)
    assert "Today Date: 03 Feb 2031" in encoder.template_text(talk("q").messages)
    assert "Today Date: " in first
    assert "strftime_now" in LLAMA31


def test_a_template_that_is_given_takes_the_place_of_the_tokenizers(tmp_path: Path) -> None:
    folder = PUBLISHED["qwen3"].write(tmp_path)
    given = PUBLISHED["qwen2.5"].template
    renderer = create("auto", folder, None, given)
    assert renderer.name == "chatml"
    assert renderer.missing_template == given
    assert (renderer.encoder.decode(renderer.render(talk("q", "a")).token_ids) or "").startswith(
        "<|im_start|>system\nYou are Q"
    )
    assert renderer.fingerprint != create("auto", folder, None).fingerprint
    assert create("auto", folder, None).missing_template is None


def test_the_exported_folder_has_the_template_that_was_trained(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    given = PUBLISHED["qwen2.5"].template
    folder = PUBLISHED["qwen3"].write(source)
    (source / "config.json").write_text('{"model_type": "qwen3"}')
    (source / "chat_template.jinja").write_text(PUBLISHED["qwen3"].template)
    out.mkdir()
    renderer = create("auto", folder, None, given)
    write_metadata(out, source, torch.float32, renderer.stop_token_ids, renderer.missing_template)
    served = create("auto", str(out), None)
    assert served.encoder.chat_template == given
    assert served.fingerprint == renderer.fingerprint
    assert rendering_record(renderer)["chat_template"] == given
