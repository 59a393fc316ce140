"""Sampled tokens of a reply that is cut: exactly those of what is kept, or none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.llms.sampled_tokens import tokens_of


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Byte pairs learnt from a few words, so that tokens have one byte or several and characters one token or
    several.
    """
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    backend = tokenizers.Tokenizer(tokenizers.models.BPE())
    backend.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, show_progress=False)
    backend.train_from_iterator(["Action: get_relations(Oslo)\nObservation: [a.b.c]\n\nÜnïcödé 漢字"] * 4, trainer)
    return backend


@settings(max_examples=200, deadline=None)
@given(kept=st.text(max_size=30), rest=st.text(max_size=30))
def test_the_tokens_found_spell_what_is_kept_and_are_found_where_they_are(tokenizer: Any, kept: str, rest: str) -> None:
    ids = tokenizer.encode(kept + rest).ids
    count = tokens_of(kept, ids, tokenizer.decode)
    spelled = [number for number in range(len(ids) + 1) if tokenizer.decode(ids[:number]) == kept]
    assert count == (spelled[0] if spelled else None)


def test_a_reply_is_cut_between_two_tokens_or_its_tokens_are_dropped(tokenizer: Any) -> None:
    ids = tokenizer.encode("Action: get_relations(漢字)\nObservation: [a]").ids
    count = tokens_of("Action: get_relations(漢字)\n", ids, tokenizer.decode)
    assert count is not None
    assert tokenizer.decode(ids[:count]) == "Action: get_relations(漢字)\n"
    assert tokens_of("Action: get_relations(漢字)\nObs", ids, tokenizer.decode) is None
