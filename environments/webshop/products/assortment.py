"""What the generated catalogue sells: small vocabularies from which every product is drawn.

No attribute of a ware reads like another one of it, and no option like another on its axis, to the reward's fuzzy
comparison; a test holds the lists to that.
"""

from __future__ import annotations

from typing import NamedTuple

COLOURS = ("black", "white", "blue", "green", "red", "yellow", "purple", "orange", "pink", "brown")


class Axis(NamedTuple):
    """One thing to choose about a product."""

    name: str
    values: tuple[str, ...]


class Ware(NamedTuple):
    """One kind of product. `attributes` are told apart by reading; each product has some of them."""

    thing: str
    category: str
    levels: str
    price: tuple[int, int]
    attributes: tuple[str, ...]
    axes: tuple[Axis, ...]


def _axis(name: str, values: str) -> Axis:
    return Axis(name, tuple(values.split(", ")))


COLOUR = Axis("color", COLOURS)
FIT = _axis("fit", "slim cut, loose drape, regular tailoring")
SHOE = _axis("size", "6 narrow, 7 everyday, 8 roomy, 9 broad, 11 tall")
GARMENT = _axis("size", "small, medium, large, petite")
BED = _axis("size", "twin, queen, king, cot")
FLAVOUR = _axis("flavor name", "vanilla, hazelnut, ginger, cinnamon, blackcurrant")
SCENT = _axis("scent", "jasmine, eucalyptus, sandalwood, bergamot, unscented")
LENGTH = _axis("length", "half metre, one yard, six foot, extra reach")
BUNDLE = _axis("bundle", "single, pair, trio, family box")
FINISH = _axis("finish", "matte, glossy, brushed, anodised")
PLUG = _axis("plug type", "american, british, european, australian")
PATTERN = _axis("pattern", "plain, striped, floral, chevron, dotted")
FILLING = _axis("filling", "feathers, latex, buckwheat, microfibre")


def _ware(thing: str, category: str, levels: str, price: tuple[int, int], attributes: str, *axes: Axis) -> Ware:
    return Ware(
        thing=thing, category=category, levels=levels, price=price, attributes=tuple(attributes.split(", ")), axes=axes
    )


WARES = (
    _ware(
        "desk lamp",
        "garden",
        "Lighting › Desk Lamps",
        (22, 70),
        "touch control, memory dimmer, flicker free, swivel neck, clamp mount, wireless charging, auto shutoff, cool"
        " housing",
        COLOUR,
        PLUG,
    ),
    _ware(
        "office chair",
        "garden",
        "Furniture › Office Chairs",
        (90, 320),
        "lumbar support, breathable mesh, tilt lock, padded armrests, silent casters, headrest included, waterfall"
        " seat, easy assembly",
        COLOUR,
    ),
    _ware(
        "duvet cover",
        "garden",
        "Bedding › Duvet Covers",
        (25, 90),
        "organic cotton, hidden zipper, corner ties, wrinkle resistant, machine washable, deep dyed, double stitched,"
        " lint repellent",
        COLOUR,
        BED,
        PATTERN,
    ),
    _ware(
        "pillow",
        "garden",
        "Sleep › Pillows",
        (15, 60),
        "cooling fabric, hypoallergenic, removable case, neck contour, adjustable loft, odour free, side sleeper shape,"
        " quick drying",
        BED,
        FILLING,
    ),
    _ware(
        "saucepan",
        "garden",
        "Cookware › Saucepans",
        (20, 80),
        "nonstick coating, induction ready, dishwasher safe, pouring spout, stay cool handle, tempered lid, oven proof,"
        " measuring marks",
        COLOUR,
        FINISH,
    ),
    _ware(
        "chef knife",
        "garden",
        "Cutlery › Knives",
        (18, 95),
        "full tang, high carbon, riveted grip, finger guard, rust resistant, razor sharp, gift boxed, well balanced",
        FINISH,
        BUNDLE,
    ),
    _ware(
        "water bottle",
        "sport",
        "Hydration › Bottles",
        (10, 38),
        "leak proof, bpa free, vacuum insulated, carry loop, wide mouth, straw lid, sweat free, shatterproof",
        COLOUR,
        BUNDLE,
    ),
    _ware(
        "yoga mat",
        "sport",
        "Fitness › Mats",
        (14, 65),
        "non slip, extra cushioning, alignment lines, carrying strap, latex free, closed cell, tear resistant,"
        " biodegradable",
        COLOUR,
        PATTERN,
    ),
    _ware(
        "hiking backpack",
        "sport",
        "Camping › Backpacks",
        (35, 150),
        "rain cover, hip belt, hydration sleeve, ventilated back, whistle buckle, laptop compartment, compression"
        " straps, reflective trim",
        COLOUR,
    ),
    _ware(
        "camping tent",
        "sport",
        "Shelters › Tents",
        (60, 260),
        "waterproof floor, instant setup, mosquito netting, blackout lining, windproof poles, gear loft, taped seams,"
        " vestibule",
        COLOUR,
    ),
    _ware(
        "running shoe",
        "fashion",
        "Footwear › Running Shoes",
        (40, 140),
        "arch support, memory insole, rubber outsole, pull tab, wide toe, shock absorbing, slip resistant, vegan"
        " materials",
        COLOUR,
        SHOE,
    ),
    _ware(
        "rain boot",
        "fashion",
        "Wellies › Boots",
        (25, 85),
        "fleece lined, seamless body, cushioned footbed, buckle strap, deep tread, foldable shaft, odor control, tall"
        " height",
        COLOUR,
        SHOE,
    ),
    _ware(
        "hoodie",
        "fashion",
        "Tops › Hoodies",
        (22, 75),
        "kangaroo pocket, brushed fleece, ribbed cuffs, thumb holes, drawstring neck, moisture wicking, tagless, raglan"
        " sleeves",
        COLOUR,
        GARMENT,
        FIT,
    ),
    _ware(
        "denim jacket",
        "fashion",
        "Outerwear › Jackets",
        (35, 120),
        "sherpa collar, chest pockets, metal buttons, stretch weave, faded wash, inner lining, side vents, embroidered"
        " yoke",
        COLOUR,
        GARMENT,
    ),
    _ware(
        "wool scarf",
        "fashion",
        "Accessories › Scarves",
        (15, 60),
        "fringed ends, merino, dry clean, oversized, reversible, itch free, handwoven, light layering",
        COLOUR,
        PATTERN,
    ),
    _ware(
        "wrist watch",
        "fashion",
        "Watches › Wristwatches",
        (30, 200),
        "sapphire glass, date window, luminous hands, leather band, quartz movement, scratch proof, chronograph, swim"
        " safe",
        COLOUR,
        FINISH,
    ),
    _ware(
        "face serum",
        "beauty",
        "Skin › Serums",
        (12, 60),
        "hyaluronic acid, fragrance free, cruelty free, sensitive skin, anti aging, paraben free, fast absorbing, glass"
        " dropper",
        BUNDLE,
    ),
    _ware(
        "shampoo",
        "beauty",
        "Hair › Shampoos",
        (8, 35),
        "sulfate free, color safe, argan oil, dandruff relief, volume boosting, tea tree, tearless, keratin repair",
        SCENT,
        BUNDLE,
    ),
    _ware(
        "lipstick",
        "beauty",
        "Makeup › Lipsticks",
        (7, 30),
        "long lasting, transfer proof, shea butter, vitamin enriched, highly pigmented, feather free, satin sheen,"
        " gluten tested",
        COLOUR,
        FINISH,
    ),
    _ware(
        "hair dryer",
        "beauty",
        "Styling › Dryers",
        (25, 130),
        "ionic technology, diffuser attachment, foldable handle, cold shot, quiet motor, ceramic grill, removable"
        " filter, hanging ring",
        COLOUR,
        PLUG,
    ),
    _ware(
        "bath towel",
        "garden",
        "Linens › Towels",
        (10, 45),
        "highly absorbent, fade proof, hanging loop, ring spun, oversize cut, hotel quality, zero twist, bamboo blend",
        COLOUR,
        BUNDLE,
    ),
    _ware(
        "scented candle",
        "garden",
        "Fragrance › Candles",
        (9, 40),
        "soy wax, cotton wick, smokeless, hand poured, lead safe, reusable jar, slow burning, wooden cap",
        SCENT,
        BUNDLE,
    ),
    _ware(
        "bluetooth speaker",
        "electronics",
        "Audio › Speakers",
        (20, 120),
        "stereo pairing, splash proof, deep bass, voice assistant, party lights, karaoke input, hands free, dust tight",
        COLOUR,
        PLUG,
    ),
    _ware(
        "gaming mouse",
        "electronics",
        "Peripherals › Mice",
        (15, 90),
        "programmable keys, optical sensor, weight tuning, braided cord, onboard memory, ambidextrous, rapid polling,"
        " thumb rest",
        COLOUR,
    ),
    _ware(
        "mechanical keyboard",
        "electronics",
        "Typing › Keyboards",
        (35, 170),
        "hot swappable, backlit, detachable cable, volume knob, anti ghosting, aluminum frame, wrist pad, spill"
        " resistant",
        COLOUR,
    ),
    _ware(
        "charging cable",
        "electronics",
        "Power › Cables",
        (6, 30),
        "fast charging, nylon braid, data transfer, magnetic tip, tangle free, reinforced joint, angled connector, gold"
        " plated",
        COLOUR,
        LENGTH,
    ),
    _ware(
        "phone tripod",
        "electronics",
        "Photography › Tripods",
        (14, 70),
        "remote shutter, flexible legs, quick release, bubble level, ball head, rubber feet, pocket sized,"
        " counterweight hook",
        COLOUR,
        BUNDLE,
    ),
    _ware(
        "security camera",
        "electronics",
        "Surveillance › Cameras",
        (25, 160),
        "night vision, motion alerts, two way talk, solar powered, cloud storage, weather sealed, wide angle, privacy"
        " shutter",
        COLOUR,
        PLUG,
    ),
    _ware(
        "granola",
        "grocery",
        "Breakfast › Granolas",
        (5, 25),
        "gluten free, low sodium, non gmo, dairy free, high fiber, whole grain, kosher certified, nut safe",
        FLAVOUR,
        BUNDLE,
    ),
    _ware(
        "herbal tea",
        "grocery",
        "Beverages › Teas",
        (5, 28),
        "caffeine free, plastic free bags, fair trade, loose leaf, digestive aid, sugar free, resealable pouch, single"
        " origin",
        FLAVOUR,
        BUNDLE,
    ),
    _ware(
        "protein bar",
        "grocery",
        "Snacks › Bars",
        (8, 40),
        "plant based, low carb, keto friendly, no artificial sweetener, prebiotic fibre, soft baked, individually"
        " wrapped, soy free",
        FLAVOUR,
        BUNDLE,
    ),
    _ware(
        "dog harness",
        "pets",
        "Canines › Harnesses",
        (12, 55),
        "no pull, escape proof, front clip, padded chest, traffic handle, step in, adjustable girth, chew resistant",
        COLOUR,
        GARMENT,
    ),
)
