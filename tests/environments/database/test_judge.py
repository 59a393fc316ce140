"""Rewards, by the reference's rules."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.database.judge import answer_values, hash_query, judge_answer, print_hashes, table_hash


@pytest.mark.parametrize(
    ("text", "label", "right"),
    [
        (' ["4"]', ["4"], True),
        ("['4']", ["4.0"], True),
        ("[4]", ["4.0"], True),
        ("4", ["4"], True),
        ("4", ["5"], False),
        ("March 19", ["March 19"], True),
        (" March 19", ["March 19"], False),
        (' "4"', ["4"], True),
        ("'b'", ["b"], True),
        ('"March 19"', ["March 19"], False),
        ('"ab"', ["a", "b"], True),
        ('""', [], True),
        ('{"b": 1}', ["b"], True),
        ('["b", "a", "a"]', ["a", "b"], True),
        ('["a"]', ["a", "b"], False),
        ("[['a'], 'b']", ["a", "b"], False),
        ("[None]", ["none"], False),
        ("", ["none"], False),
        ("[]", ["none"], False),
        ("__import__('os').getpid()", ["1"], False),
    ],
)
def test_an_answer_is_judged_as_by_the_reference(text: str, label: list[str], right: bool) -> None:
    assert judge_answer(text, label) is right


@given(
    st.text(max_size=200)
    | st.sampled_from(["[" * 5000, "{" * 100 + "}" * 100, "9" * 5000, "[1e999]", "-" * 3000 + "1", "b'\\xff'"])
)
def test_any_text_is_judged(text: str) -> None:
    assert judge_answer(text, ["a value that no strategy makes"]) is False
    assert isinstance(answer_values(text), list)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_a_label_written_as_a_list_is_right(label: list[str]) -> None:
    assert judge_answer(f" {label!r}", label)


@given(
    st.lists(st.lists(st.none() | st.text(max_size=5), min_size=2, max_size=2), min_size=1, max_size=8), st.randoms()
)
def test_a_tables_hash_ignores_the_order_of_rows(rows: list[list[str | None]], rng: object) -> None:
    shuffled = list(rows)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert table_hash(shuffled) == table_hash(rows)


def test_a_tables_hash_is_the_md5_of_sorted_short_row_hashes() -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    expected = md5(",".join(sorted([md5("1,a")[:5], md5("2")[:5]])))
    assert table_hash([["2", None], ["1", "a"]]) == expected
    assert print_hashes([expected]) == f"[('{expected}',)]"
    assert print_hashes([None]) == "[(None,)]"
    assert print_hashes(["b", "a"]) == "[('a_b',)]"


def test_names_are_quoted_in_the_hash_query() -> None:
    assert "FROM `s`.`1 ``t```" in hash_query("1 `t`", ["a b"], "s")
