"""Filtered trajectories as a data set in AgentInstruct's form (SPEC 1.5), ready for the Hugging Face Hub and for
FastChat.

    python -m actors export FILTERED [-o OUT]

```
OUT/data/<split>-00000-of-00001.parquet   what `datasets.load_dataset("OUT")` reads
OUT/sharegpt/<split>.json                 the same records as JSON, one a line inside an array
OUT/episodes.jsonl                        which record is which episode of which run
OUT/README.md, OUT/manifest.json          the data set card; hashes and counts
```

Rows and ids follow the sorted episode ids, so that the order of shards does not show. Imported records keep their ids.
Streams through a temporary file: in memory are ids and offsets only.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
from rich.table import Table

from actors.dataset.dataset_card import Split, card
from actors.files.atomic_folder import atomic_folder, write_manifest
from actors.files.checksums import sha256
from actors.program.terminal import console, safe
from actors.program.user_error import UserError
from actors.records.agent_instruct import Record, record_of, split_of
from actors.records.filtered import Manifest, read_kept, read_manifest

KIND = "agentinstruct dataset"
SCHEMA_VERSION = 1
_ROWS_IN_GROUP = 500
_SOURCE_OF_IMPORTS = "agentinstruct"


class Place(NamedTuple):
    """One kept episode: what it is sorted by, and where its record waits in the spool file."""

    imported_row: int | None
    episode_id: str
    imported_id: str
    offset: int
    length: int

    @property
    def key(self) -> tuple[bool, int, str]:
        """Imported records first, in the order of their file; then by episode id."""
        return (self.imported_row is None, self.imported_row or 0, self.episode_id)


class _Spooled(msgspec.Struct, frozen=True):
    """One line of the spool file: a record without its id, and its origin."""

    record: Record
    episode_id: str
    run_id: str
    task_id: str
    reward: float | None


class Spool:
    """Records on disk in reading order, readable in any order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.places: dict[str, list[Place]] = {}

    def fill(self, filtered: str) -> None:
        for t in read_kept(filtered):
            line = msgspec.json.encode(
                _Spooled(
                    record=record_of(t, ""),
                    episode_id=t.episode_id,
                    run_id=t.run_id,
                    task_id=t.task_id,
                    reward=t.reward,
                )
            )
            imported = t.details if t.source == _SOURCE_OF_IMPORTS and t.details.get("imported") is True else {}
            place = Place(
                imported_row=imported.get("row"),
                episode_id=t.episode_id,
                imported_id=str(imported.get("id", "")),
                offset=self._file.tell(),
                length=len(line),
            )
            self.places.setdefault(split_of(t.environment), []).append(place)
            self._file.write(line)

    def records(self, split: str) -> Iterator[_Spooled]:
        """The split's records in order, with their ids."""
        places = sorted(self.places[split], key=lambda place: place.key)
        for place, record_id in zip(places, ids(split, places), strict=True):
            self._file.seek(place.offset)
            spooled = msgspec.json.decode(self._file.read(place.length), type=_Spooled)
            yield msgspec.structs.replace(spooled, record=Record(spooled.record.conversations, record_id))


def ids(split: str, places: Sequence[Place]) -> list[str]:
    """An id for each place, in order: an imported record's own (the first who has it), else the next free
    `<split>_<number>`.
    """
    own: list[str] = []
    taken: set[str] = set()
    for place in places:
        own.append("" if place.imported_id in taken else place.imported_id)
        taken.add(place.imported_id)
    free = (record_id for number in count() if (record_id := f"{split}_{number}") not in taken)
    return [imported or next(free) for imported in own]


def export(filtered: str, out: Path, license_id: str) -> list[Split]:
    """Write the data set `out` as a whole; what each split holds."""
    arrow = _pyarrow()
    manifest = read_manifest(filtered)
    if not manifest.kept:
        raise UserError(
            f"'{filtered}' kept no trajectory: nothing to export; 'rejected.jsonl' there says why each was rejected"
        )
    with atomic_folder(out, KIND) as draft, tempfile.TemporaryFile() as file:
        (draft / "data").mkdir()
        (draft / "sharegpt").mkdir()
        spool = Spool(file)
        spool.fill(filtered)
        with open(draft / "episodes.jsonl", "wb") as episodes:
            splits = [_write_split(arrow, draft, split, spool, episodes) for split in sorted(spool.places)]
        (draft / "README.md").write_text(card(out.name, splits, manifest, license_id), encoding="utf-8")
        write_manifest(draft, _manifest(draft, splits, manifest, license_id))
    return splits


def _write_split(arrow: Any, draft: Path, split: str, spool: Spool, episodes: IO[bytes]) -> Split:
    """One pass over a split: parquet row groups, the JSON array, the list of episodes."""
    path = draft / "data" / f"{split}-00000-of-00001.parquet"
    records, rows, size, turns = spool.records(split), 0, 0, 0
    schema = parquet_schema(arrow)
    with (
        arrow.parquet.ParquetWriter(path, schema) as parquet,
        open(draft / "sharegpt" / f"{split}.json", "wb") as sharegpt,
    ):
        while chunk := list(islice(records, _ROWS_IN_GROUP)):
            table = arrow.Table.from_pylist([msgspec.to_builtins(spooled.record) for spooled in chunk], schema=schema)
            parquet.write_table(table)
            size += table.nbytes
            for spooled in chunk:
                sharegpt.write((b",\n" if rows else b"[\n") + msgspec.json.encode(spooled.record))
                episodes.write(msgspec.json.encode(_origin(spooled)) + b"\n")
                turns += sum(said.loss is True for said in spooled.record.conversations)
                rows += 1
        sharegpt.write(b"\n]\n")
    return Split(name=split, records=rows, arrow_bytes=size, parquet_bytes=path.stat().st_size, turns=turns)


def _origin(spooled: _Spooled) -> dict[str, Any]:
    fields = {"id": spooled.record.id, "episode_id": spooled.episode_id, "run_id": spooled.run_id}
    return {**fields, "task_id": spooled.task_id, "reward": spooled.reward}


def parquet_schema(arrow: Any) -> Any:
    """AgentInstruct's features, with the metadata by which `datasets` recognises them."""
    turn = arrow.struct([("from", arrow.string()), ("loss", arrow.bool_()), ("value", arrow.string())])
    features = {
        "conversations": [
            {
                name: {"dtype": kind, "_type": "Value"}
                for name, kind in (("from", "string"), ("loss", "bool"), ("value", "string"))
            }
        ],
        "id": {"dtype": "string", "_type": "Value"},
    }
    metadata = {"huggingface": msgspec.json.encode({"info": {"features": features}})}
    return arrow.schema([("conversations", arrow.list_(turn)), ("id", arrow.string())], metadata=metadata)


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError("parquet needs pyarrow: pip install 'pyarrow>=20' (this project's extra 'export')") from error
    return pyarrow


def _manifest(draft: Path, splits: list[Split], filtered: Manifest, license_id: str) -> dict[str, Any]:
    files = sorted(path for path in draft.rglob("*") if path.is_file())
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "license": license_id,
        "splits": {split.name: {"records": split.records, "trained_turns": split.turns} for split in splits},
        "files": {str(path.relative_to(draft)): sha256(path) for path in files},
        "filtered": msgspec.to_builtins(filtered),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("filtered", metavar="FILTERED", help="a folder that 'filter' wrote")
    parser.add_argument("-o", "--out", metavar="OUT", help="where to write (default: 'dataset' beside FILTERED)")
    parser.add_argument(
        "--license",
        default="unknown",
        metavar="ID",
        help="the data set's licence, as the Hub names it (default: unknown)",
    )


def run(arguments: argparse.Namespace) -> int:
    if "://" in arguments.filtered and not arguments.out:
        raise UserError("the filtered folder is not on a local disk: say with -o where the data set goes")
    out = Path(arguments.out or Path(arguments.filtered).absolute().parent / "dataset")
    splits = export(arguments.filtered, out, arguments.license)
    table = Table("split", "records", "trained turns", "parquet bytes")
    for split in splits:
        table.add_row(
            safe(split.name), *(f"{number:,}" for number in (split.records, split.turns, split.parquet_bytes))
        )
    console().print(table)
    console().print(f"{sum(split.records for split in splits)} records in all: {out}", soft_wrap=True)
    return 0
