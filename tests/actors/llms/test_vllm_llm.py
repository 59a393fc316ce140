"""Prompts and room of the vLLM LLM, with a real tokenizer and without an engine."""

import asyncio
import copy
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from actors.llms.llm import ContextOverflow, Episode, ProviderFault, Reply
from actors.llms.vllm_llm import VLLMLLM, EngineDied, prompt_ids, request_seed, room, sampled_logprobs
from actors.llms.vllm_settings import VLLMSettings
from actors.program.user_error import UserError
from actors.records.trajectory import Usage
from environments.contract import Task
from environments.message import Message

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "[{{ message['role'] }}]{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)
EPISODE = Episode("e", Task(id="t", environment="none", split="os", source="test", payload={}))


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """A byte tokenizer that, like Llama's, puts BOS in front of all that it encodes and has it in its template too."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    vocabulary = {"<s>": 0} | {
        char: number + 1 for number, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))
    }
    backend = Tokenizer(models.BPE(vocabulary, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", chat_template=TEMPLATE)


def test_the_prompt_has_one_bos_and_ends_where_the_assistant_speaks(tokenizer: Any) -> None:
    assert tokenizer("a").input_ids[0] == 0  # this tokenizer would add a second one
    ids = prompt_ids(tokenizer, [Message("user", "hi"), Message("assistant", "yes", loss=True), Message("user", "go")])
    assert ids.count(0) == 1
    assert tokenizer.decode(ids) == "<s>[user]hi[assistant]yes[user]go[assistant]"


def test_a_longer_conversation_continues_the_prompt(tokenizer: Any) -> None:
    first = [Message("user", "hi")]
    longer = [*first, Message("assistant", "yes"), Message("user", "go")]
    shorter_ids = prompt_ids(tokenizer, first)
    assert prompt_ids(tokenizer, longer)[: len(shorter_ids)] == shorter_ids


def test_another_template_wins_and_one_that_refuses_is_a_providers_fault(tokenizer: Any) -> None:
    assert tokenizer.decode(prompt_ids(tokenizer, [Message("user", "hi")], "{{ messages[0]['content'] }}")) == "hi"
    with pytest.raises(ProviderFault, match="no system role"):
        prompt_ids(tokenizer, [Message("system", "be good")])


def test_the_reply_gets_what_is_left_of_the_context() -> None:
    assert room(100, 50, 200) == 50
    assert room(180, 50, 200) == 20
    assert room(199, 50, 200) == 1
    with pytest.raises(ContextOverflow, match="200 tokens"):
        room(200, 50, 200)


async def test_a_cut_reply_keeps_the_tokens_of_what_is_kept(tokenizer: Any) -> None:
    llm = VLLMLLM(VLLMSettings(model="some/model"))
    llm._tokenizer = tokenizer
    text = "Action: f(漢)\nObservation: no"
    ids = tokenizer(text, add_special_tokens=False).input_ids
    whole = Reply(text, "length", Usage(5, 0, len(ids), 0.5), ids, [float(-number) for number in range(len(ids))])
    cut = await llm.cut(whole, "Action: f(漢)\n")
    count = len("Action: f(漢)\n".encode())
    assert cut == Reply("Action: f(漢)\n", "stop", whole.usage, ids[:count], (whole.logprobs or [])[:count])
    assert (await llm.cut(whole, "Action: g(漢)\n")).token_ids is None  # of which no sampled tokens are the text
    await llm.stop()


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (None, "[system]As trained."),
        ("Mine.", "[system]Mine."),
        (False, ""),
        ("", "[system]"),
    ],
)
async def test_a_model_is_sent_the_system_prompt_that_it_was_trained_with(
    tokenizer: Any, tmp_path: Path, said: str | Literal[False] | None, sent: str
) -> None:
    template = TEMPLATE.replace("raise_exception('no system role')", "''")
    tokenizer_of_model = copy.deepcopy(tokenizer)
    tokenizer_of_model.chat_template = template
    tokenizer_of_model.save_pretrained(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"kind": "model", "trained": {"system_prompt": "As trained."}}))
    (tmp_path / "config.json").write_text("{}")
    llm = VLLMLLM(VLLMSettings(model=str(tmp_path), system_prompt=said))
    llm._read_model()
    llm._engine = SimpleNamespace(shutdown=lambda *_: None)
    assert tokenizer.decode(await llm.prompt([Message("user", "hi")])) == f"<s>{sent}[user]hi[assistant]"
    assert (
        tokenizer.decode(await llm.prompt([Message("system", "Own."), Message("user", "hi")]))
        == "<s>[system]Own.[user]hi[assistant]"
    )
    await llm.stop()


def test_attempts_and_turns_have_seeds_of_their_own_and_a_repeated_run_the_same() -> None:
    seeds = [request_seed(1, episode, turn) for episode in ("a", "b") for turn in (1, 3)]
    assert len(set(seeds)) == 4
    assert request_seed(1, "a", 1) == seeds[0]
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_logprobs_are_those_of_the_sampled_tokens() -> None:
    positions = [
        {5: SimpleNamespace(logprob=-0.5), 9: SimpleNamespace(logprob=-0.1)},
        {7: SimpleNamespace(logprob=-2.0)},
    ]
    assert sampled_logprobs([5, 7], positions) == [-0.5, -2.0]
    with pytest.raises(ProviderFault, match="1 log-probabilities for 2 tokens"):
        sampled_logprobs([5, 7], positions[:1])


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_a_log_probability_that_no_record_can_hold_is_the_engines_fault(value: float) -> None:
    with pytest.raises(ProviderFault, match="no finite number"):
        sampled_logprobs([5], [{5: SimpleNamespace(logprob=value)}])


def test_half_a_character_can_be_sent(tokenizer: Any) -> None:
    ids = prompt_ids(tokenizer, [Message("user", "caf\ud83d")])
    assert tokenizer.decode(ids) == "<s>[user]caf\ufffd[assistant]"


async def test_where_the_engine_generated_nothing_there_is_no_reply(tokenizer: Any) -> None:
    class Silent(VLLMLLM):
        async def _generate(self, *_: Any) -> Any:
            return SimpleNamespace(
                outputs=[SimpleNamespace(token_ids=[], text="", finish_reason="stop", logprobs=None)]
            )

    llm = Silent(VLLMSettings(model="org/model"))
    llm._engine, llm._tokenizer, llm._limit_tokens = object(), tokenizer, 100
    with pytest.raises(ProviderFault, match="nothing was generated"):
        await llm.reply([Message("user", "hi")], EPISODE)


def test_a_missing_model_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model directory"):
        asyncio.run(VLLMLLM(VLLMSettings(model=str(tmp_path / "none"))).start())


async def test_without_an_engine_there_is_no_reply() -> None:
    llm = VLLMLLM(VLLMSettings(model="org/model"))
    with pytest.raises(EngineDied):
        await llm.reply([Message("user", "hi")], EPISODE)
    with pytest.raises(EngineDied):
        await llm.healthy()
    await llm.stop()
