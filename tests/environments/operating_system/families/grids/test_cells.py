"""The grids: what is kept out of training is made of pieces that training has, and a list is judged as a set."""

from __future__ import annotations

import re
import time
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.operating_system.families.grids import file_grid, line_grid
from environments.operating_system.families.grids.cells import listed
from environments.operating_system.families.held_out import HELD_OUT_FAMILIES
from environments.operating_system.generate import families, generate
from environments.operating_system.reference import reference_of

CELLS = [*file_grid.FAMILIES, *line_grid.FAMILIES]
NAMES = st.lists(st.from_regex(r"\A[a-z.+*-]{1,6}\Z"), min_size=2, max_size=5, unique=True)


def pieces(cell: str) -> set[str]:
    grid, selection, operation = cell.split("-")
    return {f"{grid} {selection}", f"{grid} {operation}"}


def test_each_piece_of_an_unseen_cell_is_seen_in_several_others() -> None:
    seen = Counter(piece for cell in CELLS if cell not in HELD_OUT_FAMILIES for piece in pieces(cell))
    assert set(HELD_OUT_FAMILIES) < set(CELLS) <= set(families())
    assert len(set(HELD_OUT_FAMILIES)) == len(HELD_OUT_FAMILIES) == 10
    assert min(seen[piece] for cell in HELD_OUT_FAMILIES for piece in pieces(cell)) >= 3


@pytest.mark.parametrize(("split", "least"), [("train", 25), ("test", 12)])
@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_is_worded_in_many_ways(cell: str, split: str, least: int) -> None:
    wordings = {
        re.sub(r"[/'*.\d][^ ]*|[a-z]*-[^ ]*", "", task.payload["description"])
        for task in generate(60, 3, split, [cell])
    }
    assert len(wordings) >= least


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_is_played_by_one_command_on_one_line(cell: str) -> None:
    for task in generate(20, 5, "train", [cell]):
        (only,) = reference_of(task).steps
        assert "\n" not in only.bash
        assert len(only.thought.split()) <= 16


@given(NAMES, st.sampled_from([",", ", ", " , ", " ", "\n", ",\n"]), st.randoms())
def test_a_list_is_right_in_any_order_and_with_any_separator(values: list[str], separator: str, chance: Random) -> None:
    answer = values[:]
    chance.shuffle(answer)
    assert re.search(listed(values), separator.join(answer))


def test_a_hostile_answer_to_a_list_is_judged_in_linear_time() -> None:
    began = time.process_time()
    for answer in (" " * 1_000_000, "ab, " * 250_000, "ab" + " ," * 500_000 + "cd", "ab" + " " * 1_000_000 + "ab cd"):
        assert not re.search(listed(["ab", "cd"]), answer.strip())
    assert time.process_time() - began < 5


@given(NAMES, st.data())
def test_a_list_with_one_missing_twice_or_too_many_is_wrong(values: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(values) - 1))
    without = values[:number] + values[number + 1 :]
    for wrong in (without, [*values, "other1"], [*values, values[number]], [*without, without[0]], []):
        assert not re.search(listed(values), ",".join(wrong))
