"""A folder served by transformers alone: a check of the folder where there is no vLLM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, LogitsProcessor, LogitsProcessorList
from transformers import __version__ as version
from transformers.utils.logging import disable_progress_bar

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.records.trajectory import Message
from serve.check.served import FORCE, FORCED_TOKENS, CannotTell, Ending
from serve.check.settings import TransformersSettings


class TransformersServed:
    """`generate` with the folder's own tokenizer, template and generation config."""

    def __init__(self, settings: TransformersSettings) -> None:
        self._settings = settings
        self._model: Any = None
        self._tokenizer: Any = None

    @property
    def name(self) -> str:
        return f"transformers {version}"

    @property
    def dtype(self) -> str:
        return self._settings.dtype

    async def start(self) -> None:
        folder = self._settings.model
        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=getattr(torch, self.dtype), local_files_only=True
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise UserError(f"transformers cannot load '{folder}': {one_line(str(error), 200)}") from error

    async def stop(self) -> None:
        self._model = self._tokenizer = None

    async def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return list(self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))
        except Exception as error:  # a template may raise what it likes
            raise CannotTell(f"the chat template refuses it: {one_line(str(error), 200)}") from error

    async def log_probabilities(self, ids: Sequence[int]) -> list[float]:
        with torch.no_grad():
            logits_TV = self._model(torch.tensor([list(ids)])).logits[0, :-1].float()
        found: list[float] = logits_TV.log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()
        return found

    async def forced(self, messages: Sequence[Message], token_id: int) -> Ending:
        prompt = await self.prompt_ids(messages)
        ids_1T = torch.tensor([prompt])
        written: torch.Tensor = self._model.generate(
            ids_1T,
            attention_mask=torch.ones_like(ids_1T),
            max_new_tokens=FORCED_TOKENS,
            do_sample=False,
            logits_processor=LogitsProcessorList([_Bias(token_id)]),
        )
        reply = written[0, len(prompt) :].tolist()
        text = self._tokenizer.decode(reply, skip_special_tokens=True)
        return Ending("stop" if reply[-1:] and reply[-1] in self._stops() else "length", text, tuple(reply))

    def _stops(self) -> set[int]:
        config: GenerationConfig = self._model.generation_config
        stops = config.eos_token_id
        return set() if stops is None else {stops} if isinstance(stops, int) else set(stops)


class _Bias(LogitsProcessor):
    """OpenAI's logit_bias for one token."""

    def __init__(self, token_id: int) -> None:
        self._token_id = token_id

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        scores[:, self._token_id] += FORCE
        return scores
