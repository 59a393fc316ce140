"""A model's tokenizer for what people and models wrote: no text in it ever becomes a special token.

A conversation may hold `<|im_end|>` or `</s>` as text. The Hugging Face tokenizer reads it as the token; here it is
tokenised as the characters that it is (`encode_special_tokens` of the Rust backend). Added tokens that are not special
(Qwen's `<think>`) stay tokens, as in the model's own chat template.

SentencePiece-like tokenizers put a space before a text: some before every one (Llama-2's `tokenizer.json`), some only
at the very beginning (`legacy=False`). So that a section from the middle is tokenised as it is there, it is encoded
behind a marker token of our own, which is taken off again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.records.trajectory import Message

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_MARKER = "\ufdd0\ufdef\ufdd0"  # noncharacters: no text has them
_FILES = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")


class Section(NamedTuple):
    """A text between two special tokens.

    `first`: it begins the conversation. `joined`: of several parts, whose joints are asked for.
    """

    text: str
    first: bool
    joined: bool


class Encoded(NamedTuple):
    """A section's ids; with its joints where they were asked for."""

    ids: list[int]
    encoding: Encoding | None = None
    characters: int = 0  # of the marker
    tokens: int = 0

    def index_at(self, character: int) -> int:
        """The first token that holds this character of the text, or one behind it."""
        assert self.encoding is not None
        index = self.encoding.char_to_token(character + self.characters)
        return len(self.ids) if index is None else index - self.tokens

    def lies_across(self, index: int, character: int) -> bool:
        """Whether a token begins before this character, which it holds."""
        assert self.encoding is not None
        span = self.encoding.token_to_chars(index + self.tokens) if index < len(self.ids) else None
        return span is not None and span[0] < character + self.characters


class TextEncoder:
    """The tokenizer in a Hugging Face directory, with its own chat template or the one that takes its place."""

    def __init__(self, model_dir: str, chat_template: str | None = None) -> None:
        self.model_dir = model_dir
        self.replaced_by = chat_template
        self.tokenizer = _load(model_dir)
        self._today = datetime.now()
        self._plain: Tokenizer = _plain(self.tokenizer)
        tokens = self._encode_behind_nothing("a").tokens
        self.puts_space = bool(tokens) and tokens[0][0] in "▁Ġ"

    @cached_property
    def serialised(self) -> str:
        """The whole tokenizer as text, the chat template with it."""
        return json.dumps([self.tokenizer.backend_tokenizer.to_str(), self.chat_template], ensure_ascii=True)

    @property
    def chat_template(self) -> str | None:
        """The one given, or the tokenizer's own; of several, the one that transformers takes when none is named."""
        if self.replaced_by is not None:
            return self.replaced_by
        template = self.tokenizer.chat_template
        found = template.get("default") if isinstance(template, dict) else template
        return found if isinstance(found, str) else None

    @cached_property
    def specials(self) -> dict[str, int]:
        """Every special token."""
        added = self.tokenizer.added_tokens_decoder.items()
        return {token.content: index for index, token in added if token.special}

    @cached_property
    def special_ids(self) -> frozenset[int]:
        return frozenset(self.specials.values())

    @cached_property
    def eat_behind(self) -> frozenset[int]:
        """The special tokens that take in the white space behind them."""
        return frozenset(
            index for index, token in self.tokenizer.added_tokens_decoder.items() if token.special and token.rstrip
        )

    @cached_property
    def eat_before(self) -> frozenset[int]:
        """The special tokens that take in the white space before them."""
        return frozenset(
            index for index, token in self.tokenizer.added_tokens_decoder.items() if token.special and token.lstrip
        )

    def encode(self, sections: Iterable[Section]) -> dict[Section, Encoded]:
        """Every section as tokens; in parallel, unless TOKENIZERS_PARALLELISM says no."""
        found: dict[Section, Encoded] = {}
        wanted = list(sections)
        for joined in (False, True):
            group = [section for section in wanted if section.joined is joined]
            encode = self._plain.encode_batch if joined else self._plain.encode_batch_fast
            encodings = encode([self._marked(section) for section in group], add_special_tokens=False) if group else []
            for section, encoding in zip(group, encodings, strict=True):
                tokens = int(self._behind_marker(section))
                ids = encoding.ids[tokens:]
                found[section] = Encoded(ids, encoding, tokens * len(_MARKER), tokens) if joined else Encoded(ids)
        return found

    def decode(self, ids: Sequence[int]) -> str | None:
        """The text of these ids; None if one is not in the vocabulary."""
        if any(not 0 <= index < len(self.tokenizer) for index in ids):
            return None
        text: str = self.tokenizer.backend_tokenizer.decode(list(ids), skip_special_tokens=False)
        return text

    def holds_marker(self, text: str) -> bool:
        """Whether a text cannot be told from our own marker."""
        return self.puts_space and _MARKER in text

    def template_text(self, messages: Sequence[Message], generation: bool = False) -> str:
        """What the chat template makes of messages. Raises `UserError` where the template refuses them.

        A template that writes the date (Llama 3.1) has the day on which this was made: a run over midnight has one
        date.
        """
        turns = [{"role": message.role, "content": message.content} for message in messages]
        more = {"add_generation_prompt": generation, "strftime_now": self._today.strftime}
        try:
            text: str = self.tokenizer.apply_chat_template(
                turns, chat_template=self.replaced_by, tokenize=False, **more
            )
        except Exception as error:  # a template is a stranger's program: it raises what it likes
            raise UserError(f"the chat template refuses it ({one_line(str(error), 100)})") from error
        return text

    def template_ids(self, text: str) -> list[int]:
        """A template's text as ids, as a serving engine tokenises it."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _behind_marker(self, section: Section) -> bool:
        return self.puts_space and not section.first

    def _marked(self, section: Section) -> str:
        return _MARKER + section.text if self._behind_marker(section) else section.text

    def _encode_behind_nothing(self, text: str) -> Encoding:
        return self._plain.encode(text, add_special_tokens=False)


def has_tokenizer(model_dir: str) -> bool:
    """Whether a folder has a tokenizer's file, whatever is in it."""
    return any((Path(model_dir).expanduser() / name).is_file() for name in _FILES)


def _load(model_dir: str) -> Any:
    folder = Path(model_dir).expanduser()
    if not has_tokenizer(model_dir):
        raise UserError(f"no tokenizer in '{model_dir}': 'model' must be a Hugging Face directory with tokenizer.json")
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise UserError("rendering needs transformers: pip install 'transformers>=5'") from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as error:  # the library raises whatever its parts raise; all of it is about these files
        raise UserError(f"the tokenizer in '{model_dir}' does not load: {one_line(str(error), 200)}") from error
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise UserError(f"the tokenizer in '{model_dir}' has no fast form (tokenizer.json), which the trainer needs")
    return tokenizer


def _plain(tokenizer: Any) -> Tokenizer:
    from tokenizers import AddedToken, Tokenizer

    plain = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    plain.no_truncation()
    plain.no_padding()
    plain.encode_special_tokens = True
    plain.add_tokens([AddedToken(_MARKER, special=False, normalized=False)])
    return plain
