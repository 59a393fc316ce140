"""AgentInstruct or ShareGPT records as a run, so that they can be viewed, filtered, mixed and exported like any other.

    python -m actors import FILE… [-o RUN] [--environment NAME] [--llm NAME]

FILE is parquet, a JSON array, JSON lines, or a folder that `export` wrote. Turns are `{from, value, loss}` (human, gpt)
or `{role, content}` (user, assistant). What was published was kept by its authors' filter, so that an imported
trajectory is `completed` with reward 1.0; its details say `imported` and under which id and row.

Where a record has no loss flags, the rule of the published splits is applied
(`actors.records.agent_instruct.own_turns_begin`) and the command says so.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from actors.files import json_files
from actors.files.append_log import Folder, FrameWriter
from actors.files.atomic_folder import MANIFEST, atomic_folder, write_manifest
from actors.files.checksums import sha256
from actors.program.terminal import console, one_line
from actors.program.user_error import UserError
from actors.records.agent_instruct import described, environment_of, messages_of, split_in_id
from actors.records.record_files import Row, expand, rows
from actors.records.store import IMPORTED, TRAJECTORIES, Store
from actors.records.trajectory import SCHEMA_VERSION, Trajectory, Turn, digest, encode
from environments.contract import Status

KIND = IMPORTED
SOURCE = "agentinstruct"
_LINES_IN_FRAME = 200


class Options(NamedTuple):
    """What the records themselves do not say."""

    environment: str = ""
    llm: str = "unknown"


class Imported(NamedTuple):
    """One record as a trajectory; `flagged` says whether its loss flags are its own."""

    trajectory: Trajectory
    split: str
    flagged: bool


def trajectory_of(row: Row, number: int, run_id: str, options: Options = Options()) -> Imported:  # noqa: B008
    """The `number`th record of an import. Raises `UserError` naming file, row and field of what is malformed."""
    record_id, split = _identity(row, options)
    messages, flagged = messages_of(row, split)
    trajectory = Trajectory(
        episode_id=f"{record_id}-{digest(record_id, messages)[:8]}",
        run_id=run_id,
        task_id=record_id,
        environment=environment_of(split),
        split="train",
        source=SOURCE,
        family="",
        attempt=0,
        llm=options.llm,
        messages=messages,
        turns=[Turn(message=i) for i, message in enumerate(messages) if message.role == "assistant" and message.loss],
        status=Status.COMPLETED,
        reward=1.0,
        details={"imported": True, "id": record_id, "row": number, "loss_flags": "given" if flagged else "by rule"},
    )
    return Imported(trajectory, split, flagged)


def _identity(row: Row, options: Options) -> tuple[str, str]:
    found = row.fields.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if found is None and options.environment:
        found = f"{options.environment}_{row.number - 1}"
    if not isinstance(found, str) or not found:
        raise row.fault("id", found, "text such as 'os_42'; give records without one an --environment")
    split = options.environment or split_in_id(found)
    if not split:
        raise row.fault("id", found, "the form <split>_<number>, such as 'os_42'; for other ids say --environment")
    return found, split


class _Counts(msgspec.Struct):
    """Of a manifest."""

    records: dict[str, int]
    loss_flags_by_rule: dict[str, int]


class Summary(NamedTuple):
    """What an import did: records per split, and of how many the loss flags came from the rule."""

    records: dict[str, int]
    by_rule: dict[str, int]


def import_files(files: Sequence[str], out: Path, options: Options) -> Summary:
    """Write the run `out` as a whole: nothing is there if a row is malformed. The same files again change nothing.

    Raises `UserError` if `out` is there with anything else in it: what was derived from a run lies inside its folder.
    """
    paths = expand(files)
    inputs = {path.name: sha256(path) for path in paths}
    run_id = f"import-{digest(list(inputs.values()))[:8]}"
    known = _imported_before(out, inputs, options)
    if known is not None:
        return known
    summary = Summary({}, {})
    seen: dict[str, Row] = {}
    with atomic_folder(out, KIND) as draft:
        writer = FrameWriter(Folder(str(draft)), TRAJECTORIES, "import")
        lines: list[bytes] = []
        for number, row in enumerate(row for path in paths for row in rows(path)):
            imported = trajectory_of(row, number, run_id, options)
            _refuse_double(row, imported.trajectory.task_id, seen)
            summary.records[imported.split] = summary.records.get(imported.split, 0) + 1
            summary.by_rule[imported.split] = summary.by_rule.get(imported.split, 0) + (not imported.flagged)
            lines.append(encode(imported.trajectory))
            if len(lines) >= _LINES_IN_FRAME:
                writer.write(lines)
                lines = []
        if not summary.records:
            raise UserError(f"'{', '.join(files)}' holds no record")
        if lines:
            writer.write(lines)
        writer.close()
        write_manifest(draft, _manifest(run_id, inputs, summary, options))
    return summary


def _imported_before(out: Path, inputs: dict[str, str], options: Options) -> Summary | None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    advice = "remove it or give another place with -o"
    found = Store(str(out)).manifest() or {}
    if found.get("kind") != KIND or found.get("inputs") != inputs or found.get("options") != options._asdict():
        raise UserError(f"'{out}' exists and holds something else: {advice}")
    counts = json_files.convert(found, _Counts, str(out / MANIFEST), f"the manifest of {KIND}", advice)
    return Summary(counts.records, counts.loss_flags_by_rule)


def _refuse_double(row: Row, record_id: str, seen: dict[str, Row]) -> None:
    first = seen.setdefault(record_id, row._replace(fields={}))
    if first.number != row.number or first.file != row.file:
        raise row.fault("id", record_id, f"an id of its own: '{first.file}' {first.word} {first.number} has the same")


def _manifest(run_id: str, inputs: dict[str, str], summary: Summary, options: Options) -> dict[str, Any]:
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "inputs": inputs,
        "options": options._asdict(),
        "records": summary.records,
        "loss_flags_by_rule": summary.by_rule,
    }


def _default_out(files: Sequence[str]) -> str:
    return f"runs/{Path(files[0]).resolve().name.split('.')[0]}-imported"


def _report(summary: Summary) -> Iterator[str]:
    for split in sorted(summary.records):
        line = f"{one_line(split)}: {summary.records[split]} records"
        if summary.by_rule[split]:
            line += (
                f", {summary.by_rule[split]} without loss flags: set by the rule of the published splits"
                " (docs/records.md)"
            )
        yield line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="parquet, JSON or JSON lines; or a folder that 'export' wrote"
    )
    parser.add_argument("-o", "--out", metavar="RUN", help="where to write the run (default: runs/<file>-imported)")
    parser.add_argument(
        "--environment", default="", metavar="NAME", help="the split of all records, for ids that do not say it"
    )
    parser.add_argument("--llm", default="unknown", metavar="NAME", help="who wrote the replies (default: unknown)")


def run(arguments: argparse.Namespace) -> int:
    out = arguments.out or _default_out(arguments.files)
    one = described(arguments.environment)
    environment = arguments.environment if one is None else one.short
    summary = import_files(arguments.files, Path(out), Options(environment, arguments.llm))
    for line in _report(summary):
        console().print(line, soft_wrap=True)
    console().print(f"{sum(summary.records.values())} trajectories: {out}", soft_wrap=True)
    return 0
