"""How many characters a token has: by the base model's own tokenizer where it is here, else four, as is usual of
English.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from serve.pipeline.token_estimate import CHARACTERS_PER_TOKEN

FILE = "tokenizer.json"


class TokenCounter:
    """Counts with the tokenizer of the model at `folder`."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        path = folder / FILE
        self._tokenizer = Tokenizer.from_file(str(path)) if path.is_file() else None
        if self._tokenizer is None:
            self.how = f"{CHARACTERS_PER_TOKEN:g} characters a token ('{folder}' has no {FILE} yet)"
        else:
            self.how = f"tokens as the tokenizer of '{folder}' counts the openings; the teacher's own may differ"

    def characters_per_token(self, texts: Sequence[str]) -> float:
        """Of these texts; the usual four where there is no tokenizer or no text."""
        characters = sum(map(len, texts))
        if self._tokenizer is None or not characters:
            return CHARACTERS_PER_TOKEN
        return characters / max(1, sum(len(self._tokenizer.encode(text).ids) for text in texts))
