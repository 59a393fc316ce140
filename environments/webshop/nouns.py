"""The nouns of a title, by spaCy, as the original's reward compares them.

Only the tagger runs; on every title of WebShop's small catalogue it finds the same nouns as the whole pipeline, in a
third of the time. spaCy takes seconds to import and 250 MB: it is loaded at the first purchase, once per process.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from environments.contract import UserError

TAGS = frozenset({"PNOUN", "NOUN", "PROPN"})
UNUSED = ("parser", "ner", "lemmatizer", "senter")
CACHED_TITLES = 4096
_loading = threading.Lock()


@lru_cache(maxsize=1)
def _pipeline(model: str) -> Any:
    import spacy

    try:
        return spacy.load(model, exclude=UNUSED)
    except OSError:
        raise UserError(_absent(model)) from None


@lru_cache(maxsize=CACHED_TITLES)
def nouns(title: str, model: str) -> tuple[str, ...]:
    """The nouns of `title` in order, lower-cased, repeated ones included. Safe to call from several threads."""
    with _loading:
        return tuple(token.text.lower() for token in _pipeline(model)(title) if token.pos_ in TAGS)


def check(model: str) -> None:
    """Raise `UserError` where the pipeline is not installed, without loading it."""
    from importlib.util import find_spec
    from pathlib import Path

    if find_spec("spacy") is None:
        raise UserError("the WebShop environment needs spaCy for its reward; pip install 'agenttuning[webshop]'")
    if not Path(model).exists() and find_spec(model) is None:
        raise UserError(_absent(model))


def _absent(model: str) -> str:
    how = "pip install its package (one of spaCy's own: python -m spacy download NAME), or name one that is installed"
    return f"webshop.noun_model: spaCy has no pipeline '{model}'; {how}"
