"""The words that tasks are made of: what the files hold is what the code asks for, and the tasks stay the same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from random import Random

import msgspec
import pytest

from environments.database.families.draft import FAMILIES
from environments.database.families.scene import draw
from environments.database.generate import families, generate
from environments.database.vocabulary import domain, wording
from environments.database.vocabulary.domain import Domain
from environments.database.vocabulary.side import Side
from environments.database.vocabulary.wording import ALWAYS, Phrases


@pytest.mark.parametrize(("split", "expected"), [("train", "464b4676c51a"), ("test", "8d28960df3d3")])
def test_a_seed_draws_the_tasks_that_it_always_drew(split: str, expected: str) -> None:
    """Who changes a word on purpose writes the new hash here, and the environment's next version."""
    tasks = generate(2 * len(families()), 7, split)
    assert hashlib.sha256(b"".join(map(msgspec.json.encode, tasks))).hexdigest()[:12] == expected


def test_every_file_of_the_folder_is_read() -> None:
    assert {path.stem for path in domain.FOLDER.iterdir()} == {
        name for names in domain.FILES.values() for name in names
    }
    assert {path.stem for path in wording.FOLDER.iterdir()} == set(wording.Wordings.__struct_fields__)


def test_the_environment_is_there_before_its_words_are_read() -> None:
    program = "import sys, environments.database; print(*(name for name in sys.modules if 'vocabulary' in name))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == []


def test_a_family_fills_every_slot_of_its_sentences() -> None:
    for name in families():
        make, least, most = FAMILIES[name]
        for side in Side:
            drafts = (make(draw(Random(number), side, least, most)) for number in range(500))
            draft = next(draft for draft in drafts if draft is not None)
            assert {*draft.ask.slots} <= {*draft.slots}, name


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("the {c} of {age}", "'the {c} of {age}' has the slot 'age'; known are c, table, thing, things"),
        ("the {c} of {c.real}", "'the {c} of {c.real}' has the slot 'c.real'; known are c, table, thing, things"),
        ("the {c} of {table!r}", "'the {c} of {table!r}' has the slot 'table!r'; known are c, table, thing, things"),
        ("the {c:>9999999}", "'the {c:>9999999}' has the slot 'c:>9999999'; known are c, table, thing, things"),
        ("the {c} of {}", "'the {c} of {}' has the slot ''; known are c, table, thing, things"),
        ("the {c} of }", "'the {c} of }': Single '}' encountered in format string; a slot is a name in braces"),
        ("the {table}", "no sentence has the slot 'c': take it from 'slots'"),
    ],
)
def test_a_sentence_has_no_slot_that_nobody_fills(sentence: str, fault: str) -> None:
    assert "c" not in ALWAYS
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert({"slots": ["c"], "train": ["the {things}"], "evaluation": [sentence]}, Phrases)
    assert str(refused.value) == fault


def test_a_measure_has_a_range() -> None:
    values = msgspec.to_builtins(domain.domains()[Side.TRAIN][0])
    values["measures"][0]["low"] = values["measures"][0]["high"]
    with pytest.raises(msgspec.ValidationError, match=r"'low' is 98000 .* at `\$.measures\[0\]`"):
        msgspec.convert(values, Domain)
