"""What a user may say about whatever serves the model, where it is not the project's own vLLM engine
(`actors.llms.vllm_settings`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Dtype = Literal["float32", "bfloat16", "float16"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class TransformersSettings(_Strict):
    """transformers' own `generate`, on the CPU."""

    model: str
    dtype: Dtype = "float32"


class URLSettings(_Strict):
    """An OpenAI-compatible server. `dtype` is what it computes in, which it does not say itself: it decides what may
    differ.
    """

    url: str
    served_name: str | None = None  # None: the one model that it has
    dtype: Dtype = "bfloat16"
    api_key_env: str | None = None  # the environment variable that holds its key
    request_timeout_s: float = Field(default=180.0, gt=0)
