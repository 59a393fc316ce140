"""Builds a catalogue's folder once and keeps it among this user's state, under a name made of what it was built from.

Everything is streamed: attributes go into a table of their own first, products are joined with them one by one, and the
index is written from the products' table. Another process that builds the same catalogue waits for this one.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from environments.contract import UserError
from environments.ownership import state_directory
from environments.rows import unusable
from environments.webshop.products import search, source_files, synthetic
from environments.webshop.products.product import Product, is_listed, read_product
from environments.webshop.products.product_catalogue import BAD_ROWS, Catalogue, Wish, pack

LAYOUT = "1"
"""Part of a folder's name. It changes when folders that were built before would not do any more."""
Entry = tuple[Product, list[Wish]]


def open_catalogue(path: str | None) -> Catalogue:
    """The catalogue at `path`, or the generated one; built first where this user has not built it before.

    Raises `UserError`.
    """
    if path is None:
        content = hashlib.sha256(msgspec.msgpack.encode(list(synthetic.products()))).hexdigest()
        return Catalogue(_kept(content, lambda folder: _build(folder, synthetic.NAME, _invented())))
    sources = source_files.find(path)
    stats = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in sources.existing()]
    return Catalogue(_kept(repr(stats), lambda folder: _build_from(folder, sources)))


def _kept(content: str, build: Callable[[Path], None]) -> Path:
    key = hashlib.sha256(f"{LAYOUT}\n{content}".encode()).hexdigest()[:16]
    folder = state_directory() / f"webshop-catalogue-{key}"
    if folder.exists():
        return folder
    with (state_directory() / "webshop-catalogue.guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        for left in state_directory().glob(
            "webshop-making-*"
        ):  # of a killed process: nobody else is making one, for the lock is ours
            shutil.rmtree(left, ignore_errors=True)
        if not folder.exists():
            making = Path(tempfile.mkdtemp(prefix="webshop-making-", dir=state_directory()))
            try:
                build(making)
                making.rename(folder)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return folder


def _invented() -> Iterator[Entry]:
    return ((product, []) for product in synthetic.products())


def _build_from(folder: Path, sources: source_files.Sources) -> None:
    known = _attributes(folder / "attributes.sqlite", sources.attributes)
    human = None if sources.human is None else dict(source_files.by_id(sources.human))
    bad: list[str] = []
    try:
        name = sources.items.name.partition(".")[0]
        _build(folder, f"{name}-{{count}}", _entries(sources.items, known, human, bad), bad)
        (folder / BAD_ROWS).write_bytes(msgspec.json.encode(bad))
    finally:
        known.close()
        (folder / "attributes.sqlite").unlink()


def _attributes(file: Path, source: Path | None) -> sqlite3.Connection:
    known = _writable(file)
    known.execute("CREATE TABLE attributes (asin TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    pairs = ((asin, msgspec.msgpack.encode(content)) for asin, content in source_files.by_id(source))
    known.executemany("INSERT OR REPLACE INTO attributes VALUES (?, ?)", pairs)
    known.commit()
    return known


def _writable(file: Path) -> sqlite3.Connection:
    """A database that nobody reads before it is finished: no journal, no waiting for the disk."""
    rows = sqlite3.connect(file)
    rows.execute("PRAGMA journal_mode = OFF")
    rows.execute("PRAGMA synchronous = OFF")
    rows.execute("PRAGMA cache_size = -65536")
    return rows


def _entries(items: Path, known: sqlite3.Connection, human: dict[str, Any] | None, bad: list[str]) -> Iterator[Entry]:
    """Every product of the file with what people wish of it; rows that are none go into `bad`, each in one line."""
    for row in source_files.rows(items):
        try:
            if fault := row.fault or unusable(row.values):
                raise ValueError(fault)
            if not isinstance(row.values, dict):
                raise TypeError(f"expected a JSON object, found {type(row.values).__name__}")
            entry = _entry(row.values, known, human)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            bad.append(
                f"{row.place}: not a product of WebShop's ({type(error).__name__}: {' '.join(str(error).split())})"
            )
        else:
            if entry is not None:
                yield entry


def _entry(row: dict[str, Any], known: sqlite3.Connection, human: dict[str, Any] | None) -> Entry | None:
    if not is_listed(row["asin"]):
        return None
    found = known.execute("SELECT body FROM attributes WHERE asin = ?", (row["asin"],)).fetchone()
    content = {} if found is None else msgspec.msgpack.decode(found[0])
    product = read_product(row, content.get("attributes"))
    return product, _synthetic(content) if human is None else [_human(wish) for wish in human.get(product.asin, ())]


def _synthetic(content: dict[str, Any]) -> list[Wish]:
    if content.get("instruction") is None:
        return []
    return [_wish(content["instruction"], content["instruction_attributes"], None)]


def _human(wish: dict[str, Any]) -> Wish:
    return _wish(wish["instruction"], wish["instruction_attributes"], wish["instruction_options"])


def _wish(*values: Any) -> Wish:
    try:
        return msgspec.convert(values, Wish)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def _build(folder: Path, name: str, entries: Iterable[Entry], bad: Sequence[str] = ()) -> None:
    rows = _writable(folder / "products.sqlite")
    try:
        rows.execute(
            "CREATE TABLE product (position INTEGER PRIMARY KEY, asin TEXT UNIQUE, title TEXT, price TEXT, body BLOB)"
        )
        rows.execute("CREATE TABLE instruction (position INTEGER PRIMARY KEY, body BLOB)")
        count = 0
        for product, wishes in entries:
            values = (count, product.asin, product.title, product.price_tag, pack(product))
            if rows.execute("INSERT OR IGNORE INTO product VALUES (?, ?, ?, ?, ?)", values).rowcount:
                if wishes:
                    rows.execute("INSERT INTO instruction VALUES (?, ?)", (count, pack(wishes)))
                count += 1
        rows.commit()
        if count == 0:
            first = f"; the first of {len(bad)} bad rows is {bad[0]}" if bad else ""
            raise UserError(f"the catalogue's files hold no product at all{first}")
        (folder / "name").write_text(name.format(count=count), encoding="utf-8")
        (folder / "index").mkdir()
        search.build(folder / "index", _contents(rows))
    finally:
        rows.close()


def _contents(rows: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    decompress, decoder = zstandard.ZstdDecompressor().decompress, msgspec.msgpack.Decoder(Product)
    for position, body in rows.execute("SELECT position, body FROM product ORDER BY position"):
        yield position, decoder.decode(decompress(body)).contents
