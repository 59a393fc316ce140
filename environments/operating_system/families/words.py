"""Names and prose for generated tasks: pools of plain words in two halves (`draw.py`), drawn without repetition."""

# ruff: noqa: SIM905 - words read better as prose

from __future__ import annotations

from environments.operating_system.families.draw import Draw, Words

NOUNS = Words(
    """amber anchor apple arrow autumn badge barrel basin beacon birch bottle bridge bucket button cabin candle canyon carbon castle
    cedar chapel cherry circle clover cobalt copper coral cotton crater cricket crystal daisy delta desert dragon eagle ember engine
    fabric falcon feather fern field finch flint forest fossil garden garnet ginger glacier granite gravel hammer harbor hazel heron
    hollow honey island ivory jasmine jungle kernel kettle ladder lagoon lantern laurel lemon lilac linen lotus maple marble meadow
    mercury mirror mosaic mountain nectar nickel oasis ocean olive onyx orchid otter oyster paddle panther paper pebble pepper pigeon
    pillar planet plaza pocket poplar prairie prism quartz""".split(),
    """quiver rabbit raven ribbon river rocket saddle saffron salmon sapphire shadow signal silver sparrow spruce station stone summit
    sunset teapot temple thistle thunder tiger timber tulip tunnel turtle valley velvet violet walnut whisper willow window winter wolf
    zephyr acorn balcony bamboo bell brook cactus camel cello cliff comet cradle dune echo elm fjord flute galaxy goblet harp hedge
    iris jaguar kayak lake lynx magnet mill moss nest oak opal parrot pearl pine plum pond reed ridge robin rope sail shell slate
    snow swan torch tower trout wagon wheat zinc""".split(),
)
PEOPLE = Words(
    """alice amir anna boris carla chen dana diego elena emil fatima felix greta hana hugo ines ivan jonas karim kira lars leila lena luca
    maria mila nadia nils nora olga""".split(),
    """omar paula pedro priya quinn rafael rosa samir sara sven tara theo uma vera viktor yara yusuf zoe bella cyrus daria enzo flora
    goran heidi ilja judit kofi lotte marek""".split(),
)
SERVICES = Words(
    "auth backup billing cache catalog checkout cron gateway indexer inventory ledger mailer metrics notifier orders parser".split(),
    "payments printer proxy queue reports scheduler search session shipping storage sync telemetry uploader webhook".split(),
)
EXTENSIONS = Words(
    "cfg conf csv dat doc html ini json log md out sql tmp txt xml".split(),
    "bin css dot ics js lua pdf png rst svg tex tsv vcf wav yaml".split(),
)
CITIES = Words(
    """Aarhus Bergen Bologna Cairo Cordoba Dakar Delhi Dublin Geneva Hanoi Havana Izmir Kyoto Lagos Leipzig Lima Lisbon Lyon Malmo
    Manila""".split(),
    "Nairobi Osaka Oslo Porto Prague Quito Riga Seville Sofia Tampere Tunis Turin Utrecht Vienna Zagreb".split(),
)
VERBS = Words("checks copies counts reads sends sorts".split(), "stores tests updates watches".split())
TOPICS = Words("budget deadline invoice meeting release".split(), "review ticket urgent".split())
AMOUNTS = Words("amount price score size".split(), "quantity points weight".split())
ACCOUNTS = Words("daemon bin sys games man mail news".split(), "lp uucp proxy www-data backup irc".split())
PLACES = Words(
    ("/srv", "/opt", "/var/lib", "/data", "/home/shared", "/mnt"), ("/root", "/usr/local/share", "/var/tmp", "/media", "/home/team")
)


def names(rng: Draw, count: int) -> list[str]:
    """Distinct short names."""
    return rng.sample(rng.of(NOUNS), count)


def place(rng: Draw) -> str:
    """A directory that does not exist yet in a fresh machine."""
    first, second = names(rng, 2)
    return f"{rng.choice(rng.of(PLACES))}/{first}" if rng.random() < 0.5 else f"{rng.choice(rng.of(PLACES))}/{first}-{second}"


def corner(rng: Draw) -> str:
    """A path as short as can be of a file or directory that does not exist yet."""
    return f"{rng.choice(rng.of(PLACES))}/{rng.choice(rng.of(NOUNS))}"


def stems(rng: Draw, count: int) -> list[str]:
    """Distinct file names without an ending, in mixed styles."""
    chosen = names(rng, count)
    tails = [f"{rng.choice('-_')}{rng.randrange(1, 100)}" if rng.random() < 0.4 else "" for _ in chosen]
    return [name + tail for name, tail in zip(chosen, tails, strict=True)]


def sentence(rng: Draw, low: int = 3, high: int = 8) -> str:
    """A line of plain words; not grammatical, but text."""
    words = [rng.choice(rng.of(NOUNS)) for _ in range(rng.randint(low, high))]
    words.insert(1, rng.choice(rng.of(VERBS)))
    return " ".join(words)


def lines(rng: Draw, count: int) -> list[str]:
    return [sentence(rng) for _ in range(count)]


def text(rng: Draw, low: int = 2, high: int = 6) -> str:
    """A small file's content."""
    return "".join(f"{line}\n" for line in lines(rng, rng.randint(low, high)))
