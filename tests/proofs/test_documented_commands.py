from __future__ import annotations

import re
from pathlib import Path

import pytest

from proofs.documented_commands.__main__ import became, pages
from proofs.documented_commands.pages import Command, blocks, commands, mistake
from proofs.documented_commands.playing import Played, Shell, paths
from tests.proofs.invocations import Invocation, complaint, invocations

ROOT = Path(__file__).resolve().parents[2]
PAGES = [str(page.relative_to(ROOT)) for page in pages(ROOT)]
CONFIGS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "configs").rglob("*.yaml") if path.stem != "prices")
CALL = re.compile(r"# (\w+=\S+ )*python -m (actors|train|serve) [\w-]+ configs/")
JOB = re.compile(r"ray job submit [^`\n]*(?:actors rollout|serve pipeline|serve evaluate|train run)[^`\n]*")
OF_CONFIG = re.compile(r"configs/[\w./-]+\.yaml")


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_commands_is_one_that_bash_reads(page: str) -> None:
    wrong = {f"{page}:{block.line}": mistake(block.shell) for block in blocks(ROOT / page, ROOT)}
    assert not {where: why for where, why in wrong.items() if why}


@pytest.mark.parametrize("page", PAGES)
def test_every_documented_command_is_one_that_its_program_takes_with_a_config_of_its_kind(page: str) -> None:
    found = [command for block in blocks(ROOT / page, ROOT) for command in commands(block)]
    texts = {f"{command.page}:{command.line}": command.played or command.shown for command in found}
    wrong = {where: complaint(call) for where, text in texts.items() for call in invocations(text)}
    assert not {where: why for where, why in wrong.items() if why}


@pytest.mark.parametrize("page", PAGES)
def test_every_config_that_a_page_names_exists(page: str) -> None:
    named = set(OF_CONFIG.findall((ROOT / page).read_text(encoding="utf-8")))
    assert not {name for name in named if not (ROOT / name).is_file()}


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_a_documented_job_says_a_place_that_outlives_it(page: str) -> None:
    jobs = JOB.findall((ROOT / page).read_text(encoding="utf-8"))
    assert not [job for job in jobs if not re.search(r"(?:store=|out=|--out )(?:/|\w+://)", job)]


def test_every_config_that_the_program_names_exists() -> None:
    texts = {path: path.read_text() for room in ("actors", "train", "serve") for path in (ROOT / room).rglob("*.py")}
    named = {(str(path.relative_to(ROOT)), name) for path, text in texts.items() for name in OF_CONFIG.findall(text)}
    assert not {(path, name) for path, name in named if not (ROOT / name).is_file()}


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_what_a_page_does_not_have_played_is_a_sentence_and_what_it_does_has_no_gaps(page: str) -> None:
    found = [command for block in blocks(ROOT / page, ROOT) for command in commands(block)]
    assert not [command for command in found if not command.played and len(command.reason) < 10]
    assert not [command for command in found if re.search(r"…|\b[A-Z]{4,}\b(?!=)", command.played)]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_says_in_its_first_line_which_command_reads_it(config: str) -> None:
    lines = (ROOT / config).read_text(encoding="utf-8").splitlines()
    said = [list(invocations(line.removeprefix("# "))) for line in lines if CALL.match(line)]
    assert CALL.match(lines[0])
    assert all(config in call.words and not complaint(call) for calls in said for call in calls), said


def test_a_call_is_found_wherever_it_stands() -> None:
    text = "A=1 python -m actors view RUN | less && .venv/bin/python -m train plan x.yaml a=b  # why\n"
    text += "cd agenttuning && agenttuning stats RUN\n"
    job = "ray job submit --working-dir . -- python -m serve report A B"
    assert list(invocations(text + job)) == [
        Invocation("actors", ("view", "RUN")),
        Invocation("train", ("plan", "x.yaml", "a=b")),
        Invocation("agenttuning", ("stats", "RUN")),
        Invocation("serve", ("report", "A", "B")),
    ]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (("actors", "rolout", "configs/demo.yaml"), "no command 'rolout'"),
        (("actors", "rollout", "configs/gpt-4.yaml", "--dryrun"), "it takes no --dryrun"),
        (("actors", "rollout", "configs/suites/demo.yaml"), "configs/suites/demo.yaml"),
        (("train", "run", "configs/gpt-4.yaml"), "configs/gpt-4.yaml"),
        (("serve", "evaluate", "configs/suites/demo.yaml"), "--llm"),
        (("actors", "rollout", "configs/gpt-4.yaml", "llm.modle=x"), "modle"),
        (("actors.no_such", "x"), "no module actors.no_such"),
    ],
)
def test_a_call_that_the_project_would_refuse_is_complained_about(call: tuple[str, ...], why: str) -> None:
    assert why in complaint(Invocation(call[0], call[1:]))


def page_of(text: str, folder: Path) -> list[Command]:
    """The commands of a page of this text."""
    (folder / "page.md").write_text(text)
    return [command for block in blocks(folder / "page.md", folder) for command in commands(block)]


def test_a_page_s_commands_come_one_by_one_with_their_lines_and_without_their_comments(tmp_path: Path) -> None:
    text = (
        "```bash\n# first\npython a.py   # why\npython b.py \\\n    --c\ncat <<X\nd\nX\n```\n```python\nprint()\n```\n"
    )
    found = page_of(text, tmp_path)
    assert [(one.line, one.shown) for one in found] == [(3, "python a.py"), (4, "python b.py --c"), (6, "cat <<X d X")]
    assert found[1].played == "python b.py \\\n    --c"


def test_of_a_console_only_what_is_typed_is_a_command(tmp_path: Path) -> None:
    found = page_of("```console\n$ echo a\na\n$ echo \\\n    b\nb\n```\n", tmp_path)
    assert [(one.line, one.shown) for one in found] == [(2, "echo a"), (4, "echo b")]


def test_a_block_without_a_language_is_one_of_commands_where_it_begins_with_one(tmp_path: Path) -> None:
    assert [one.shown for one in page_of("```\nmake demo\n```\n```\nRUN/manifest.json  what\n```\n", tmp_path)] == [
        "make demo"
    ]


def test_what_stands_directly_above_a_block_says_how_it_is_played(tmp_path: Path) -> None:
    above = "<!-- played after: make a --> <!-- played with: RUN=>runs/a 'n=20=>n=2' -->\n"
    skipped = "<!-- not played (pip): it installs -->\n\n"
    (before, first, second) = page_of(f"{above}{skipped}```sh\nview RUN n=20\npip install x\n```\n", tmp_path)
    assert (before.played, before.documented) == ("make a", False)
    assert (first.shown, first.played) == ("view RUN n=20", "view runs/a n=2")
    assert (second.played, second.reason) == ("", "it installs")


def test_what_is_not_played_needs_nothing_before_it_and_words_between_end_a_note(tmp_path: Path) -> None:
    notes = "<!-- played after: make a -->\n<!-- not played: no GPU -->\n"
    assert [one.reason for one in page_of(f"{notes}```sh\nx\n```\n", tmp_path)] == ["no GPU"]
    assert [one.played for one in page_of(f"{notes}So:\n```sh\nx\n```\n", tmp_path)] == ["x"]


def shell(folder: Path, limit_s: float = 20) -> Shell:
    (folder / "clone").mkdir()
    return Shell(folder / "clone", folder / "state", limit_s)


def command(text: str) -> Command:
    return Command("page.md", 1, text, text)


def test_a_shell_goes_on_where_the_last_command_left_it(tmp_path: Path) -> None:
    terminal = shell(tmp_path)
    for text in ("mkdir runs", "cd runs", "A='b c'", 'test "$A" = "b c" && touch x && cd .. && ls runs/x'):
        assert terminal.play(command(text)).wrong == ""


def test_a_command_that_fails_hangs_or_leaves_nothing_is_said_with_what_it_said(tmp_path: Path) -> None:
    terminal = shell(tmp_path, limit_s=0.5)
    assert terminal.play(command("echo why; exit 3")).wrong == "exit code 3: why"
    assert "had not ended" in terminal.play(command("sleep 30")).wrong
    assert "no runs/a" in terminal.play(command("true -o runs/a")).wrong


def test_the_paths_of_a_command_are_those_that_it_reads_and_writes() -> None:
    found = paths("python -m train run configs/train/x.yaml out=runs/two data={path: runs/a/chat.jsonl} # runs/no")
    assert found == ["configs/train/x.yaml", "runs/a/chat.jsonl", "runs/two"]


def test_the_report_says_as_what_a_command_was_played() -> None:
    one = Played(Command("page.md", 1, "view RUN", "view runs/a"), "", 1.0)
    assert became(one) == "ran; played as `view runs/a`"
    assert became(one._replace(wrong="exit code 2: no")).startswith("**failed**: exit code 2: no")
    assert became(Played(Command("page.md", 1, "x", "", "no GPU"), "", 0.0)) == "not played: no GPU"
