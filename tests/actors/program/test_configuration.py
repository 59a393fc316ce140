"""A config's mistakes: one line that says what was found, where, and what to do."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.program.configuration import check, load, with_overrides
from actors.program.user_error import UserError
from actors.program.yaml_text import LIMIT_BYTES
from actors.service.settings import RolloutSettings

GOOD = """
store: runs/x
tasks:
  - {environment: practice, generate: 3}
llm: {kind: reference}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "rollout.yaml"
    path.write_text(GOOD)
    return path


def test_a_config_with_overrides(config: Path):
    settings = load(
        str(config), ["llm_actors.concurrency=7", "tasks.0.generate=9", "limits={max_turns: 5}"], RolloutSettings
    )
    assert (settings.llm_actors.concurrency, settings.tasks[0].generate, settings.limits.max_turns) == (7, 9, 5)


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("llm_actors.concurency=7", "unknown key 'llm_actors.concurency': did you mean 'concurrency'?"),
        ("stor=x", "unknown key 'stor': did you mean 'store'?"),
        ("tasks.0.environment=databse", "did you mean 'database'?"),
        ("tasks.0.generate=many", "'tasks.0.generate': input should be a valid integer"),
        ("tasks.0.file=x.json", "give exactly one of 'generate'"),
        ("tasks.7.generate=1", "'7' is no position in a list of 1"),
        ("llm.kind=gpt", "'reference', 'openai', 'vllm'"),
        ("llm.modle=x", "unknown key 'llm.reference.modle'"),
        ("store.path=x", "'store' holds 'runs/x', which has no 'path'"),
        ("nonsense", "is not of the form key=value"),
        ("seed=[", "the value is not YAML"),
        ("environments.practice.settings={stepp_s: 1}", "did you mean 'step_s'?"),
        ("environments.practise={}", "did you mean 'practice'?"),
        ("attempts=0", "greater than or equal to 1, found 0"),
        ("attempts=true", "'attempts': found true, which is no number"),
        ("tasks.0.generate=true", "'tasks.0.generate': found true, which is no number"),
        ("tasks.0.generate='3'", "'tasks.0.generate': found '3', which is no number"),
        ("allow_unscored=1", "'allow_unscored': found 1, which is no truth value"),
        (
            "environments.operating_system.settings={memory_mb: '800'}",
            "operating_system.settings: 'memory_mb': input should be a valid integer, found '800'",
        ),
        ("llm_actors={cpus: true}", "'llm_actors.cpus': found true, which is no number"),
        ("store=''", "'store': string should have at least 1 character"),
        ("tasks.0={environment: database, file: ''}", "'tasks.0.file': string should have at least 1 character"),
        ("seed=99999999999999999999", "more than 64 bits"),
        ("seed=.inf", "no finite number"),
        ("seed=2020-02-31", "'seed': input should be a valid integer"),
        ('store="a\\0b"', "a NUL in a text"),
    ],
)
def test_each_mistake_is_one_line_that_says_what_to_do(config: Path, override: str, line: str):
    with pytest.raises(UserError) as caught:
        load(str(config), [override], RolloutSettings)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a: [", "is not YAML"),
        (b"- 1", "must be a mapping"),
        (b"\xff\xfe", "not UTF-8"),
        (b"", "found nothing"),
        (b"a: 1\na: 2", "second time"),
    ],
)
def test_a_file_that_is_no_config(tmp_path: Path, content: bytes, line: str):
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=line):
        load(str(path), [], RolloutSettings)


@pytest.mark.parametrize("letter", ["x", "é", "☃", "🐍"])
def test_a_config_that_is_too_long_is_refused_not_cut(tmp_path: Path, letter: str):
    path = tmp_path / "long.yaml"
    for size in (LIMIT_BYTES - 100, LIMIT_BYTES + 1, LIMIT_BYTES + 2, 2 * LIMIT_BYTES):
        comment = letter * ((size - len(GOOD) - len("# \nbudget: 5\n")) // len(letter.encode()) + 1)
        path.write_text(f"{GOOD}# {comment}\nbudget: 5\n")
        if size < LIMIT_BYTES:
            assert load(str(path), [], RolloutSettings).budget == 5
        else:
            with pytest.raises(UserError, match=r"cannot read config '.*long\.yaml': longer than 256 KiB"):
                load(str(path), [], RolloutSettings)


@pytest.mark.parametrize(
    ("said", "overrides", "counts"),
    [
        ("keep_going: true", [], True),
        ("keep_going: false", ["allow_unscored=true"], True),
        ("keep_going: true", ["allow_unscored=false"], False),
        ("allow_unscored: true", [], True),
        ("", ["keep_going=true"], True),
        ("", [], False),
    ],
)
def test_a_config_may_say_keep_going_and_the_new_name_wins(config: Path, said: str, overrides: list[str], counts: bool):
    config.write_text(f"{GOOD}{said}\n")
    assert load(str(config), overrides, RolloutSettings).allow_unscored is counts


def test_a_missing_file_and_a_missing_key(tmp_path: Path):
    with pytest.raises(UserError, match="cannot read config"):
        load(str(tmp_path / "none.yaml"), [], RolloutSettings)
    with pytest.raises(UserError, match="'store' is missing"):
        check(
            {"tasks": [{"environment": "practice", "generate": 1}], "llm": {"kind": "reference"}},
            RolloutSettings,
            "x.yaml",
        )


@given(st.text(max_size=40))
def test_any_override_is_applied_or_refused(override: str):
    with contextlib.suppress(UserError):
        with_overrides({"a": {"b": [1, {"c": 2}]}}, [override])
