"""The search engine: BM25 over the products' contents, by tantivy.

The original asks Lucene through pyserini: English stop words and stemming, any word counts, k1 = 0.9, b = 0.4. Here the
same analysis, with tantivy's k1 = 1.2, b = 0.75, so the order of hits is close to the original's and not equal to it.
Equal scores come in the catalogue's order, whatever the index's segments are.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import tantivy

HITS = 50
"""As many hits as the original asks for."""
LIMIT_TERMS = 1024
"""Words of a query that count; Lucene's own limit for clauses, beyond which the original fails."""
HEAP_BYTES = 128 << 20
_ANALYZER = "webshop"


def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    filters = (tantivy.Filter.remove_long(40), tantivy.Filter.lowercase(), tantivy.Filter.stopword("english"))
    for step in (*filters, tantivy.Filter.stemmer("english")):
        builder = builder.filter(step)
    return builder.build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("contents", tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_unsigned_field("position", stored=False, indexed=False, fast=True)
    return builder.build()


def build(folder: Path, contents: Iterable[tuple[int, str]]) -> None:
    """Write an index of (position, contents) pairs into the empty `folder`."""
    index = tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer(_ANALYZER, _analyzer())
    writer = index.writer(heap_size=HEAP_BYTES, num_threads=1)
    for position, text in contents:
        document = tantivy.Document()
        document.add_text("contents", text)
        document.add_unsigned("position", position)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class SearchIndex:
    """An index on disk, opened to be read."""

    def __init__(self, folder: Path) -> None:
        self._schema = _schema()
        self._analyzer = _analyzer()
        index = tantivy.Index.open(str(folder))
        index.register_tokenizer(_ANALYZER, self._analyzer)
        self._searcher = index.searcher()

    def search(self, text: str) -> list[int]:
        """The positions of at most 50 products, best first; none where the text holds no word that counts."""
        terms = list(dict.fromkeys(self._analyzer.analyze(text)))[:LIMIT_TERMS]
        if not terms:
            return []
        clauses = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "contents", term)) for term in terms]
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=HITS, count=False).hits
        positions = self._searcher.fast_field_values("position", [address for _, address in found])
        scores = (-float(score) for score, _ in found)
        ranked = sorted(zip(scores, (int(position or 0) for position in positions), strict=True))
        return [position for _, position in ranked]
