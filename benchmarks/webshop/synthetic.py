"""A catalogue of any size in the original's file format, for measuring: texts of about the length that WebShop's
products have.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru"
WORDS_KNOWN = 60_000
DESCRIPTION_WORDS, BULLETS, BULLET_WORDS = 110, 5, 22


def write_catalogue(folder: Path, count: int) -> Path:
    """Write `items_shuffle_{count}.json` and `items_ins_v2_{count}.json`, one product at a time; returns the first."""
    rng = Random(0)
    words = ["".join(rng.choices(SYLLABLES.split(), k=rng.randint(2, 4))) for _ in range(WORDS_KNOWN)]
    weights = [1 / (rank + 10) for rank in range(WORDS_KNOWN)]
    stock = rng.choices(words, weights, k=2_000_000)  # drawn once: choosing with weights is slow

    def text(length: int) -> str:
        start = rng.randrange(len(stock) - length)
        return " ".join(stock[start : start + length])

    items = folder / f"items_shuffle_{count}.json"
    with items.open("w") as products, (folder / f"items_ins_v2_{count}.json").open("w") as attributes:
        products.write("[")
        attributes.write("{")
        for number in range(count):
            asin, kind = f"B{number:09d}", text(2)
            comma = "," if number else ""
            products.write(comma + json.dumps(_product(rng, asin, kind, text)))
            attributes.write(f"{comma}{json.dumps(asin)}:{json.dumps(_attributes(rng, kind, text))}")
        products.write("]")
        attributes.write("}")
    return items


def _product(rng: Random, asin: str, kind: str, text: object) -> dict[str, object]:
    assert callable(text)
    colors = [{"value": text(1), "image": None} for _ in range(rng.randrange(8))]
    sizes = [{"value": f"{size} inch"} for size in range(8, 8 + rng.randrange(6))]
    return {
        "asin": asin,
        "name": f"{text(12)} {kind}",
        "full_description": text(DESCRIPTION_WORDS),
        "pricing": f"${rng.uniform(5, 300):.2f}" + (f"${rng.uniform(300, 400):.2f}" if rng.random() < 0.1 else ""),
        "query": kind,
        "category": "garden",
        "product_category": f"{text(1)} › {text(1)} › {kind}",
        "small_description": [text(BULLET_WORDS) for _ in range(BULLETS)],
        "images": ["https://images.invalid/1.jpg"],
        "customization_options": {"Color": colors, "Size": sizes} if colors and sizes else "",
        "brand": text(1),
        "page": 1,
    }


def _attributes(rng: Random, kind: str, text: object) -> dict[str, object]:
    assert callable(text)
    attributes = [text(2) for _ in range(rng.randint(1, 5))]
    if rng.random() < 0.01:
        return {"attributes": attributes, "instruction": f"Find me {kind}", "instruction_attributes": attributes[:2]}
    return {"attributes": attributes}
