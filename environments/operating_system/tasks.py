"""Loads AgentBench's OS tasks (`data/os_interaction/**/*.json`): one object or a list of objects (SPEC 2.5).

Its loaders take every script as a string, `{code}` or `{file}`, with an optional `language`. Here a row is resolved
while it is loaded:

* the five checkers are known by name and built in (`judge.py`), so their files are not needed;
* any other file is looked for beside the JSON file and in `scripts/`; a row whose file is not there loads, and playing
  it is a `TaskFault` that names the file (AgentBench's own data comes apart from its scripts);
* a list under `create` (one row of `dev.json`, one of `5/new.json`) is a check list pasted twice: all AgentBench
  loaders ignore it, and so does this one, unless it names an image or an init script.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, cast, get_args

import msgspec

from environments.contract import Task, UserError
from environments.operating_system.judge import CHECKERS
from environments.operating_system.payload import Check, Language, Match, Payload, Script
from environments.operating_system.reference import Reference, Step
from environments.rows import BadRow, RawRow, read_array, tasks, wrong

LOOKED_AT = ("I run the commands that find this out.", "A short script can tell me.", "I let the shell work this out.")
DONE_BY = ("I run the commands that set this up.", "A script does what is asked.", "I carry this out with a script.")


def load(path: str, split: str) -> Iterator[Task | BadRow]:
    """The tasks of the JSON file at `path`; a `BadRow` with file, row (from 0) and field for a malformed one.

    Raises `UserError` for a file that cannot be read.
    """
    file = Path(path)
    return tasks(read_array(file, alone=True), lambda row: _task(file, row, split))


def _task(file: Path, row: RawRow, split: str) -> Task:
    folder = f"{file.parent.name}/" if file.parent.name.isdigit() else ""  # AgentBench has 5/new.json and 6/new.json
    payload = _Row(file, row.number, row.values).payload()
    reference = _reference(payload, row.number)
    return Task(
        id=f"os-{folder.replace('/', '-')}{file.stem}-{row.number:05d}",
        environment="operating_system",
        split=split,
        source=folder + file.name,
        payload=msgspec.to_builtins(payload),
        family=payload.labels[0] if payload.labels else "",
        reference=msgspec.to_builtins(reference) if reference else None,
    )


def _reference(payload: Payload, number: int) -> Reference | None:
    """Run the row's example, then report what it printed, or finish where a script of the task's own judges."""
    if payload.example is None or payload.missing:
        return None
    asks = payload.match is not None or any(check.kind != "script" for check in payload.checks)
    thoughts = LOOKED_AT if asks else DONE_BY
    integer = any(check.checker == "integer-match" for check in payload.checks)
    values = {"output": r"(-?\d+)\s*\Z" if integer else r"\A\s*(.*?)\s*\Z"} if asks else {}
    return Reference(
        steps=[Step(thoughts[number % len(thoughts)], _in_shell(payload.example), values)],
        thought="The output is the answer: «output»" if asks else "That is done.",
        answer="«output»" if asks else None,
    )


def _in_shell(script: Script) -> str:
    """`script` as input of the agent's shell: in a child where it would end the shell, through its interpreter where it
    is no bash.
    """
    code = script.code.rstrip("\n")
    if script.language == "python":
        return f"python3 - <<'PROGRAM'\n{code}\nPROGRAM"
    if script.language in ("c", "c++"):
        compiler, suffix = ("gcc", "c") if script.language == "c" else ("g++", "cpp")
        return (
            f"cat > /tmp/program.{suffix} <<'PROGRAM'\n{code}\nPROGRAM\n{compiler} -o /tmp/program"
            f" /tmp/program.{suffix} && /tmp/program"
        )
    if any(line.split()[:1] in (["exit"], ["set"], ["exec"]) for line in code.splitlines()):
        return f"bash <<'PROGRAM'\n{code}\nPROGRAM"
    return code


class _Row:
    """One row under its file and number, which every complaint names."""

    def __init__(self, file: Path, number: int, row: Any) -> None:
        self.file, self.number = file, number
        self.row = row
        self.missing: list[str] = []

    def payload(self) -> Payload:
        if not isinstance(self.row, dict):
            raise self._wrong("", self.row, "an object")
        description = self.row.get("description")
        if not isinstance(description, str) or not description.strip():
            raise self._wrong("description", description, "a text")
        evaluation = self.row.get("evaluation")
        if not isinstance(evaluation, dict) or ("match" in evaluation) == ("check" in evaluation):
            raise self._wrong("evaluation", evaluation, "an object with either 'match' or 'check'")
        image, init = self._create(self.row.get("create"))
        example = self._script("example", evaluation.get("example", self.row.get("example")))
        checks = self._checks(evaluation["check"]) if "check" in evaluation else []
        if example is None and not self.missing and any(check.kind == "reference" for check in checks):
            raise self._wrong("evaluation.example", None, "the reference solution that the check list's null runs")
        start = self._script("start", self.row.get("start"))
        return Payload(
            description=description,
            image=image,
            init=init,
            start=start.code if start else "",
            match=self._match(evaluation["match"]) if "match" in evaluation else None,
            checks=checks,
            example=example,
            labels=self._labels(self.row.get("labels")),
            missing=list(dict.fromkeys(self.missing)),
        )

    def _create(self, create: Any) -> tuple[str, list[Script]]:
        if isinstance(create, list) and not any(
            isinstance(entry, dict) and {"local", "image", "init"} & entry.keys() for entry in create
        ):
            return "default", []
        if create is None:
            return "default", []
        if not isinstance(create, dict):
            raise self._wrong("create", create, "an object with 'local' or 'image' and 'init'")
        image = create.get("local", create.get("image", "default"))
        if not isinstance(image, str) or not image:
            raise self._wrong("create.local", image, "the name of an image")
        init = create.get("init")
        entries = init if isinstance(init, list) else [init]
        scripts = [
            self._script(f"create.init[{n}]" if isinstance(init, list) else "create.init", entry)
            for n, entry in enumerate(entries)
        ]
        return image, [script for script in scripts if script is not None]

    def _match(self, match: Any) -> Match:
        if isinstance(match, str):
            return Match(answer=match)
        if not isinstance(match, dict) or ("answer" in match) == ("regex" in match):
            raise self._wrong("evaluation.match", match, "a text, {answer} or {regex}")
        try:
            return msgspec.convert({"strip": True, **match}, Match)
        except msgspec.ValidationError as error:
            raise self._wrong("evaluation.match", match, f"a text, {{answer}} or {{regex}} ({error})") from error

    def _checks(self, check: Any) -> list[Check]:
        entries = check if isinstance(check, list) else [check]
        if not entries:
            raise self._wrong("evaluation.check", check, "at least one check")
        return [self._check(f"evaluation.check[{number}]", entry, number) for number, entry in enumerate(entries)]

    def _check(self, field: str, entry: Any, number: int) -> Check:
        if entry is None:
            return Check("reference")
        name = (
            PurePosixPath(entry["file"]).stem if isinstance(entry, dict) and isinstance(entry.get("file"), str) else ""
        )
        if name not in CHECKERS:
            return Check("script", script=self._script(field, entry))
        if number == 0:
            raise self._wrong(
                field, entry["file"], "null or a script before it, whose output it compares the answer with"
            )
        return Check("checker", checker=name)

    def _script(self, field: str, entry: Any) -> Script | None:
        """The script that `entry` describes; None where there is none, or where its file is missing (then it is
        noted).
        """
        if entry is None:
            return None
        if isinstance(entry, str):
            return Script(entry)
        if not isinstance(entry, dict) or not isinstance(entry.get("code", entry.get("file")), str):
            raise self._wrong(field, entry, "a script: a text, {code} or {file}")
        language = entry.get("language", "bash")
        if language not in get_args(Language):
            raise self._wrong(f"{field}.language", language, f"one of {', '.join(get_args(Language))}")
        code = entry["code"] if "code" in entry else self._read(field, entry["file"])
        return None if code is None else Script(code, cast(Language, language))

    def _read(self, field: str, name: str) -> str | None:
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise self._wrong(field, name, "a path below the folder of the task file")
        folder = self.file.resolve().parent
        # scripts/dev for dev.json and scripts/5 for 5/new.json, beside the rows' folder or in it
        above = (folder / "scripts", folder.parent / "scripts", folder.parent.parent / "scripts")
        for place in (
            folder,
            above[0],
            *(scripts / name for scripts in above for name in (self.file.stem, folder.name)),
        ):
            if (place / relative).is_file():
                return self._text(field, place / relative)
        self.missing.append(name)
        return None

    def _text(self, field: str, script: Path) -> str:
        try:
            return script.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._wrong(field, str(script), f"a script in UTF-8 ({error})") from error

    def _labels(self, labels: Any) -> list[str]:
        if labels is None:
            return []
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise self._wrong("labels", labels, "a list of texts")
        return labels

    def _wrong(self, field: str, found: Any, expected: str) -> UserError:
        return wrong(f"{self.file}: row {self.number}", field, found, expected)
