"""What the generated catalogue is made of: its files are read strictly, and the tasks stay the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from environments.contract import UserError
from environments.webshop.generate import families, generate
from environments.webshop.products import assortment
from environments.webshop.products.assortment import wares


@pytest.mark.parametrize(("split", "expected"), [("train", "e905e63e0515"), ("test", "b63b3381dc50")])
def test_a_seed_draws_the_tasks_that_it_always_drew(split: str, expected: str) -> None:
    """Who changes a word on purpose writes the new hash here, and the environment's next version."""
    tasks = generate(4 * len(families()), 7, split)
    assert hashlib.sha256(b"".join(map(msgspec.json.encode, tasks))).hexdigest()[:12] == expected


@pytest.mark.parametrize(
    ("written", "wrong", "fault"),
    [
        ('axes = ["colour", "plug"]', 'axes = ["colour", "plugs"]', "field 'axes': axes.toml has no entry 'plugs'"),
        (
            'axes = ["colour", "plug"]',
            'axes = ["bed", "shoe"]',
            "field 'axes': two of bed, shoe have the same 'name' in axes.toml",
        ),
        ('"touch control", ', "", "field 'attributes': expected 'array' of length >= 8"),
        ("price = [22, 70]", "price = [0, 70]", "field 'price[0]': expected 'int' >= 1"),
    ],
)
def test_a_ware_that_is_wrong_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, wrong: str, fault: str
) -> None:
    path = tmp_path / "wares.toml"
    text = assortment.WARES.read_text(encoding="utf-8")
    assert written in text
    path.write_text(text.replace(written, wrong, 1), encoding="utf-8")
    monkeypatch.setattr(assortment, "WARES", path)
    with pytest.raises(UserError) as refused:
        wares.__wrapped__()
    assert str(refused.value) == f"{path}: entry 'desk lamp', {fault}"
