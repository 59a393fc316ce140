"""Names and prose for generated tasks: pools of plain words, drawn without repetition."""

# ruff: noqa: SIM905 - words read better as prose

from __future__ import annotations

from random import Random

NOUNS = """amber anchor apple arrow autumn badge barrel basin beacon birch bottle bridge bucket button cabin candle canyon carbon
castle cedar chapel cherry circle clover cobalt copper coral cotton crater cricket crystal daisy delta desert dragon eagle ember
engine fabric falcon feather fern field finch flint forest fossil garden garnet ginger glacier granite gravel hammer harbor hazel
heron hollow honey island ivory jasmine jungle kernel kettle ladder lagoon lantern laurel lemon lilac linen lotus maple marble
meadow mercury mirror mosaic mountain nectar nickel oasis ocean olive onyx orchid otter oyster paddle panther paper pebble pepper
pigeon pillar planet plaza pocket poplar prairie prism quartz quiver rabbit raven ribbon river rocket saddle saffron salmon
sapphire shadow signal silver sparrow spruce station stone summit sunset teapot temple thistle thunder tiger timber tulip tunnel
turtle valley velvet violet walnut whisper willow window winter wolf zephyr""".split()
PEOPLE = """alice amir anna boris carla chen dana diego elena emil fatima felix greta hana hugo ines ivan jonas karim kira lars leila
lena luca maria mila nadia nils nora olga omar paula pedro priya quinn rafael rosa samir sara sven tara theo uma vera viktor yara
yusuf zoe""".split()
SERVICES = """auth backup billing cache catalog checkout cron gateway indexer inventory ledger mailer metrics notifier orders parser
payments printer proxy queue reports scheduler search session shipping storage sync telemetry uploader webhook""".split()
EXTENSIONS = "cfg conf csv dat doc html ini json list log md out png rst sql tmp txt xml yaml".split()
CITIES = """Aarhus Bergen Bologna Cairo Cordoba Dakar Delhi Dublin Geneva Hanoi Havana Izmir Kyoto Lagos Leipzig Lima Lisbon Lyon
Malmo Manila Nairobi Osaka Oslo Porto Prague Quito Riga Seville Sofia Tampere Tunis Turin Utrecht Vienna Zagreb""".split()
VERBS = "checks copies counts reads sends sorts stores tests updates watches".split()
PLACES = ("/srv", "/opt", "/var/lib", "/data", "/home/shared", "/mnt", "/root", "/usr/local/share", "/var/tmp")


def names(rng: Random, count: int) -> list[str]:
    """Distinct short names."""
    return rng.sample(NOUNS, count)


def place(rng: Random) -> str:
    """A directory that does not exist yet in a fresh machine."""
    first, second = names(rng, 2)
    return f"{rng.choice(PLACES)}/{first}" if rng.random() < 0.5 else f"{rng.choice(PLACES)}/{first}-{second}"


def stems(rng: Random, count: int) -> list[str]:
    """Distinct file names without an ending, in mixed styles."""
    chosen = names(rng, count)
    tails = [f"{rng.choice('-_')}{rng.randrange(1, 100)}" if rng.random() < 0.4 else "" for _ in chosen]
    return [name + tail for name, tail in zip(chosen, tails, strict=True)]


def sentence(rng: Random, low: int = 3, high: int = 8) -> str:
    """A line of plain words; not grammatical, but text."""
    words = [rng.choice(NOUNS) for _ in range(rng.randint(low, high))]
    words.insert(1, rng.choice(VERBS))
    return " ".join(words)


def lines(rng: Random, count: int) -> list[str]:
    return [sentence(rng) for _ in range(count)]


def text(rng: Random, low: int = 2, high: int = 6) -> str:
    """A small file's content."""
    return "".join(f"{line}\n" for line in lines(rng, rng.randint(low, high)))
