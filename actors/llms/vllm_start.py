"""vLLM's engine and the model's tokenizer, brought up; what is wrong with a model, its settings or the machine is told
in one line.
"""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import Any, Protocol

from actors.llms import engine_log
from actors.llms.vllm_settings import Device, VLLMSettings, engine_arguments, place
from actors.program.error_line import error_line, first_line
from actors.program.user_error import UserError

ASKED_FOR = ("INFO", "DEBUG")
"""Levels of vLLM's log that nobody but a user sets: then it is shown."""


class Tokenizer(Protocol):
    """What is used of a Hugging Face tokenizer."""

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> Any: ...
    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> Any: ...


def load_tokenizer(settings: VLLMSettings) -> Tokenizer:
    """The model's tokenizer. Raises `UserError` when the model is unknown or cannot be reached."""
    from transformers import AutoTokenizer

    try:
        tokenizer: Tokenizer = AutoTokenizer.from_pretrained(
            place(settings.model), revision=settings.revision or "main"
        )
    except (OSError, ValueError) as error:
        raise UserError(f"cannot load the tokenizer of model '{settings.model}': {first_line(error)}") from error
    return tokenizer


def prepare(settings: VLLMSettings, device: Device) -> None:
    """Before vLLM is imported. Raises `UserError` where there is no GPU for it."""
    if device == "cuda":
        _check_gpu(settings)
    else:
        _quieten()


def _quieten() -> None:
    """What vLLM says of Triton and of torch's older names at every start on a CPU, unless the user asked for its
    log.
    """
    logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"])
    warnings.filterwarnings("ignore", category=FutureWarning, module="vllm")


def start_engine(settings: VLLMSettings, device: Device, log: Path | None) -> Any:
    """The running engine, whose words are in `log`. Raises `UserError` where it does not start."""
    from vllm import AsyncEngineArgs
    from vllm.v1.engine.async_llm import AsyncLLM

    try:
        arguments = AsyncEngineArgs(**engine_arguments(settings, device))
    except TypeError as error:
        raise UserError(f"vLLM does not know an argument under 'engine': {first_line(error)}") from error
    try:
        return AsyncLLM.from_engine_args(arguments)
    except (
        ValueError,
        OSError,
        NotImplementedError,
    ) as error:  # found while the configuration is checked, in this process
        raise UserError(f"vLLM refuses model '{settings.model}' with these settings: {refusal(error)}") from error
    except RuntimeError as error:  # the engine's own process ended; its reason is in its log
        raise UserError(
            f"the engine of '{settings.model}' did not start ({first_line(error)}): {engine_log.reason(log)}; "
            "where it is memory, lower max_model_len, kv_cache_gib or gpu_memory_utilization, or raise tensor_parallel"
        ) from error


def refusal(error: Exception) -> str:
    """One line out of vLLM's (often pydantic's) many, with this project's name for what to change."""
    text = error_line(error)
    if "max_model_len" in text and "greater than the derived" in text:
        start = text.index("User-specified") if "User-specified" in text else 0
        return f"{text[start:].split('. ')[0]}; lower max_model_len"
    return text if len(text) <= 300 else f"{text[:300]}…"


def _check_gpu(settings: VLLMSettings) -> None:
    import torch

    if not torch.cuda.is_available():
        raise UserError(
            "no GPU is visible to this process: run it on a GPU node, or use vLLM's CPU build with device=cpu"
            " (docs/vllm.md)"
        )
    if settings.tensor_parallel == 1:
        return
    import ray

    if not ray.is_initialized() or ray.util.get_current_placement_group() is None:
        raise UserError(
            f"tensor_parallel={settings.tensor_parallel} needs a Ray actor in a placement group of as many GPUs"
        )
