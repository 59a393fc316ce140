"""What a user may say about whatever serves the model, where it is not the project's own vLLM engine
(`actors.llms.vllm_settings`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from actors.program.strict_settings import StrictSettings

Dtype = Literal["float32", "bfloat16", "float16"]


class TransformersSettings(StrictSettings):
    """transformers' own `generate`, on the CPU."""

    model: str
    """A Hugging Face directory."""
    dtype: Dtype = "float32"
    """What it computes in."""


class URLSettings(StrictSettings):
    """An OpenAI-compatible server.

    `dtype` is what it computes in, which it does not say itself: it decides what may differ.
    """

    url: str
    """The address up to `/v1`."""
    served_name: str | None = None
    """The model's name there; null: the one model that it has."""
    dtype: Dtype = "bfloat16"
    """What the server computes in, which it does not say itself: it decides what may differ."""
    api_key_env: str | None = None
    """The environment variable that holds its key."""
    request_timeout_s: float = Field(default=180.0, gt=0)
    """Seconds for one call."""
