"""A catalogue on disk: products in SQLite, the search index beside them, both mapped and not loaded, so that a million
products cost no more memory than a thousand.

    products.sqlite     product(position, asin, title, price, body), instruction(position, body)
    index/              tantivy's files
    name                what tasks call this catalogue
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import zstandard

from environments.webshop.products.product import Product
from environments.webshop.products.search import SearchIndex

CACHED_SEARCHES = 256
CACHED_PRODUCTS = 512


class Listed(NamedTuple):
    """A product as a page of results shows it."""

    asin: str
    title: str
    price: str


class Wish(msgspec.Struct, frozen=True, array_like=True):
    """An instruction as the files have it. `options` is None for a synthetic one."""

    text: str
    attributes: list[str]
    options: list[str] | dict[str, str] | None


def pack(content: Any) -> bytes:
    """A product or its wishes as they are stored."""
    return zstandard.compress(msgspec.msgpack.encode(content), 3)


BAD_ROWS = "bad-rows.json"


class Catalogue:
    """An open catalogue. Not for several threads at once.

    `bad_rows`: a line for each row of its file that is no product.
    """

    def __init__(self, folder: Path) -> None:
        self.name = (folder / "name").read_text(encoding="utf-8")
        bad = folder / BAD_ROWS  # catalogues of before have none: they were built of good rows only
        self.bad_rows: list[str] = msgspec.json.decode(bad.read_bytes()) if bad.exists() else []
        self._rows = sqlite3.connect(
            f"file:{folder / 'products.sqlite'}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._index = SearchIndex(folder / "index")
        self._product = msgspec.msgpack.Decoder(Product)
        self._wishes = msgspec.msgpack.Decoder(list[Wish])
        self._decompress = zstandard.ZstdDecompressor().decompress
        self.search = lru_cache(CACHED_SEARCHES)(self._search)
        self.product = lru_cache(CACHED_PRODUCTS)(self._get)

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT COUNT(*) FROM product").fetchone()[0])

    def _search(self, text: str) -> Sequence[int]:
        """The positions of at most 50 products, best first."""
        return tuple(self._index.search(text))

    def listed(self, positions: Sequence[int]) -> list[Listed]:
        """What a page of results shows of these products, in this order."""
        marks = ",".join("?" * len(positions))
        query = f"SELECT position, asin, title, price FROM product WHERE position IN ({marks})"
        rows = {position: Listed(*values) for position, *values in self._rows.execute(query, positions)}
        return [rows[position] for position in positions]

    def _get(self, asin: str) -> Product | None:
        """The product with this id, None where there is none."""
        found = self._rows.execute("SELECT body FROM product WHERE asin = ?", (asin,)).fetchone()
        return None if found is None else self._product.decode(self._decompress(found[0]))

    def products(self) -> Iterator[Product]:
        """All products in the catalogue's order."""
        for (body,) in self._rows.execute("SELECT body FROM product ORDER BY position"):
            yield self._product.decode(self._decompress(body))

    def wanted(self) -> Iterator[tuple[int, Product, list[Wish]]]:
        """The products that somebody wants, with their positions and instructions, in the catalogue's order."""
        query = (
            "SELECT position, product.body, instruction.body FROM instruction JOIN product USING (position) ORDER BY"
            " position"
        )
        for position, body, wishes in self._rows.execute(query):
            yield position, self._product.decode(self._decompress(body)), self._wishes.decode(self._decompress(wishes))

    def wanted_at(self, position: int) -> tuple[Product, list[Wish]]:
        """One of them."""
        query = (
            "SELECT product.body, instruction.body FROM instruction JOIN product USING (position) WHERE position = ?"
        )
        body, wishes = self._rows.execute(query, (position,)).fetchone()
        return self._product.decode(self._decompress(body)), self._wishes.decode(self._decompress(wishes))

    def close(self) -> None:
        """Close the files."""
        self._rows.close()
