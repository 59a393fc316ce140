"""The controller over stages that are real and quick: `python -m json.tool IN OUT`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from actors.program.user_error import UserError
from serve.pipeline import explanation, ledger
from serve.pipeline.controller import Result, carry_out, decision_on, set_aside
from serve.pipeline.decision import Action, Record, digest_of
from serve.pipeline.stage import Stage

AGAIN = "python -m serve pipeline this.yaml"


def stages(out: Path, *options: str, in_place: bool = True) -> list[Stage]:
    """given.json → first.json → second.json, always formatted the same."""
    given, first, second = out.parent / "given.json", out / "first.json", out / "second.json"
    return [
        Stage(
            "first",
            "formats",
            ["json.tool", *options, str(given), str(first)],
            {"given": given},
            first,
            first,
            in_place=in_place,
        ),
        Stage("second", "formats again", ["json.tool", str(first), str(second)], {"first": first}, second, second),
    ]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "given.json").write_text('{"a": 1}')
    return tmp_path / "out"


def carried(of: list[Stage], out: Path, said: list[str] | None = None) -> Result:
    return carry_out(of, out, "this.yaml", AGAIN, (said if said is not None else []).append)


def test_every_stage_runs_once_and_not_again(out: Path):
    first = carried(stages(out), out)
    assert (first.code, list(first.ran)) == (0, ["first", "second"])
    assert json.loads((out / "second.json").read_text()) == {"a": 1}
    said: list[str] = []
    again = carried(stages(out), out, said)
    assert (again.code, again.ran) == (0, {})
    assert sum(re.fullmatch(r"\w+: done \d+ s ago at .+, unchanged", line) is not None for line in said) == 2


def test_what_reads_a_changed_output_runs_again_and_what_reads_the_same_one_does_not(out: Path):
    carried(stages(out), out)
    (out.parent / "given.json").write_text('{"a":    1}')  # formatted, it is what it was
    assert list(carried(stages(out), out).ran) == ["first"]
    (out.parent / "given.json").write_text('{"a": 2}')
    assert list(carried(stages(out), out).ran) == ["first", "second"]
    assert json.loads((out / "second.json").read_text()) == {"a": 2}


def test_a_stage_that_fails_ends_it_with_its_name_its_code_and_the_way_on(out: Path):
    (out.parent / "given.json").write_text("{")
    said: list[str] = []
    result = carried(stages(out), out, said)
    assert (result.code, list(result.ran)) == (1, ["first"])
    assert said[-1] == f"stage 'first' ended with exit code 1; once its cause is gone, go on with:\n  {AGAIN}"
    (out.parent / "given.json").write_text("{}")
    assert list(carried(stages(out), out).ran) == ["first", "second"]


def test_an_unfinished_stage_goes_on_and_its_seconds_add_up(out: Path):
    (out.parent / "given.json").write_text("{")
    before = carried(stages(out), out).ledger.stages["first"]
    said: list[str] = []
    after = carried(stages(out), out, said).ledger.stages["first"]
    assert "first: unfinished: ended with exit code 1" in said
    assert after.goes == 2
    assert after.seconds > before.seconds


def test_a_lost_output_is_made_again(out: Path):
    carried(stages(out), out)
    (out / "second.json").unlink()
    assert list(carried(stages(out), out).ran) == ["second"]


def test_an_output_that_cannot_be_gone_on_from_is_moved_aside_and_kept(out: Path):
    for number in range(3):
        (out.parent / "given.json").write_text(json.dumps({"a": number}))
        carried(stages(out, in_place=False), out)
    kept = [json.loads((out / f"first.json.{number}.old").read_text()) for number in (1, 2)]
    assert kept == [{"a": 0}, {"a": 1}]
    assert json.loads((out / "first.json").read_text()) == {"a": 2}


def test_what_is_left_of_an_output_is_moved_aside_as_well(out: Path):
    """A tuned model that was deleted leaves a folder of checkpoints, which the trainer refuses with other settings."""
    (stage, _) = stages(out, in_place=False)
    stage = stage._replace(writes=out, done=out / "model")
    out.mkdir()
    then, now = stage.basis(out), stage._replace(besides={"steps": 9}).basis(out)
    known = ledger.Ledger("", {"first": Record(then, digest_of(then, ()), 1.0, exit_code=0)})
    assert decision_on(stage, now, known).action is Action.ASIDE
    assert decision_on(stage, then, known).action is Action.RUN


def test_another_option_runs_it_over_the_old_output(out: Path):
    carried(stages(out, in_place=False), out)
    said: list[str] = []
    assert list(carried(stages(out, "--compact", in_place=False), out, said).ran) == ["first", "second"]
    assert any("the command was" in line for line in said)
    assert not list(out.glob("*.old"))


def test_the_whole_folder_may_be_moved(out: Path):
    carried(stages(out), out)
    moved = out.rename(out.with_name("elsewhere"))
    assert carried(stages(moved), moved).ran == {}


def test_two_pipelines_in_one_folder_are_refused(out: Path):
    with ledger.alone(out), pytest.raises(UserError, match="another pipeline is at work in"):
        carried(stages(out), out)
    assert carried(stages(out), out).code == 0


@pytest.mark.parametrize(
    ("content", "match"), [("{", "cannot be read as a pipeline's record"), ('{"schema_version": 99}', "newer version")]
)
def test_a_record_that_cannot_be_read_is_said(out: Path, content: str, match: str):
    out.mkdir()
    (out / ledger.FILE).write_text(content)
    with pytest.raises(UserError, match=match):
        ledger.read(out)


def test_an_out_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write out"):
        carried([], tmp_path / "file" / "out")


def test_explain_says_what_would_be_done_and_does_nothing(out: Path, capsys: pytest.CaptureFixture[str]):
    explanation.explain(stages(out), ledger.read(out), out)
    said = capsys.readouterr().out
    assert "first: never run → run" in said
    assert "second: never run; waits for first → run" in said
    assert not out.exists()
    carried(stages(out), out)
    (out.parent / "given.json").write_text("{}")
    explanation.explain(stages(out), ledger.read(out), out)
    said = capsys.readouterr().out
    assert "first: changed: given has another content → run" in said
    assert "up to date as yet; runs again if first makes something else" in said
    assert json.loads((out / "first.json").read_text()) == {"a": 1}


def test_the_table_has_every_stage_and_its_share(out: Path, capsys: pytest.CaptureFixture[str]):
    result = carried(stages(out), out)
    explanation.print_times(stages(out), {}, result.ledger)
    said = capsys.readouterr().out
    assert "first" in said
    assert "second" in said
    assert "100 %" in said
    assert "unchanged since" in said


def test_aside_names_are_never_reused(tmp_path: Path):
    for _ in range(2):
        (tmp_path / "train").mkdir()
        set_aside(tmp_path / "train")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train.1.old", "train.2.old"]
