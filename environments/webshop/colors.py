"""The colours that the original tells apart: an option's value counts as the first of them that occurs in it (its
`normalize_color`).
"""

from __future__ import annotations

_COLORS = """
    alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy camel camo
    caramel champagne
    charcoal cheetah chestnut chocolate christmas coffee cognac copper coral cranberry cream crystal dark denim eggplant
    elephant espresso
    fuchsia gold granite grape graphite grass gray green grey heather indigo ivory ivy khaki lavender lemon leopard
    light lilac lime
    magenta maroon mauve merlot midnight mint mocha multicolor mushroom mustard natural navy nude olive orange peach
    pewter pink plum
    purple rainbow red rose royal rust sand sapphire seashell silver skull slate steel stone stonewash sunflower tan
    taupe teal tiger
    turquoise violet walnut wheat white wine yellow
"""
COLORS = tuple(_COLORS.split())


def normalize_color(value: str) -> str:
    """The first known colour in `value` (`standard` is `tan`), else the value itself."""
    return next((color for color in COLORS if color in value), value)
