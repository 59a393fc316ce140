"""A directory with a tokenizer for each family, made once for all tests of the renderers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train import tokenizers_of_families as families


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`llama-2` puts a space before every text, `llama-2 first` before the first; all but `smollm2` are trained
    here.
    """
    folder = tmp_path_factory.mktemp("tokenizers")
    return {
        "llama-2": families.llama2(folder / "llama-2"),
        "llama-2 first": families.llama2(folder / "llama-2-first", space="first"),
        "llama-3": families.llama3(folder / "llama-3"),
        "chatml": families.chatml(folder / "chatml"),
    }


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return families.smollm2(families.cache_folder(tmp_path_factory))
