"""Words for the top and the bottom, which several operations share."""

from __future__ import annotations

from environments.database.families.side import Phrases

HIGHEST = Phrases(
    ("highest", "largest", "greatest", "maximum", "top", "peak", "very highest", "very largest"), ("biggest", "maximal")
)
LOWEST = Phrases(("lowest", "smallest", "minimum", "very lowest", "very smallest"), ("least", "minimal"))
NTH_HIGHEST = Phrases(("highest", "largest", "greatest"), ("biggest",))
NTH_LOWEST = Phrases(("lowest", "smallest"), ("least",))
ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
