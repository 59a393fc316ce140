"""Words for the top and the bottom, which several operations share."""

from __future__ import annotations

from environments.database.families.side import Phrases

HIGHEST = Phrases(("highest", "largest", "greatest", "maximum"), ("biggest", "top"))
LOWEST = Phrases(("lowest", "smallest", "minimum"), ("least", "bottom"))
ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
