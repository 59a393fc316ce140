"""Names and prose for generated tasks: pools of plain words in two halves (`draw.py`), drawn without repetition."""

# ruff: noqa: SIM905 - words read better as prose

from __future__ import annotations

from environments.operating_system.families.drafting.draw import Draw, Words

NOUNS = Words(
    """amber anchor apple arrow autumn badge barrel basin beacon birch bottle bridge bucket button cabin candle
    canyon carbon castle cedar chapel cherry circle clover cobalt copper coral cotton crater cricket crystal
    daisy delta desert dragon eagle ember engine fabric falcon feather fern field finch flint forest fossil
    garden garnet ginger glacier granite gravel hammer harbor hazel heron hollow honey island ivory jasmine
    jungle kernel kettle ladder lagoon lantern laurel lemon lilac linen lotus maple marble meadow mercury mirror
    mosaic mountain nectar nickel oasis ocean olive onyx orchid otter oyster paddle panther paper pebble pepper
    pigeon pillar planet plaza pocket poplar prairie prism quartz abbey acrobat airport album alcove algae
    almond alpaca amulet angel ankle antelope antler apron aquarium arcade armor artist asphalt aspen athlete
    atlas attic aurora avocado axle baboon bacon bagel ballad banana banjo banner barley basil basket battery
    bazaar beaver beetle belfry bicycle bison blanket blossom blizzard boulder bracelet breeze brick broccoli
    bronze broom buffalo bugle bullet bunker burrow butter cabbage caboose camera canal canoe canvas caravan
    carpet carrot cashew cathedral cavern celery cement chalk charcoal cheese chestnut chimney chisel cinnamon
    citadel clarinet cobra coconut coffee collar compass cookie cornet cottage cougar coyote crane crayon crown
    cruiser cupboard curtain cushion cymbal cypress diamond dinghy dolphin domino donkey doorway dove drum
    duckling dungeon eclipse elbow elephant emerald envelope estuary ferret festival fiddle firefly flamingo
    flannel flower forge fountain fox freckle frost fungus furnace gazelle geyser gibbon giraffe girdle goblin
    gondola gorilla gown grape guitar gypsum halibut hamlet hamster hatchet hawk helmet hermit hickory hippo
    hockey horizon hornet hotel hound hurdle hyena igloo iguana indigo inkwell insect iron jacket jade jaw jelly
    jersey jewel jigsaw jockey joker juniper kangaroo kazoo kennel kidney kitchen kite kiwi knight koala lobster
    locket locust lumber lute lyre macaroni magpie mammoth mandolin mango mantle marigold mascot mattress melon
    meteor microbe mitten molar monkey monsoon moose mosquito muffin museum mushroom mustard napkin newt noodle
    nougat nugget nurse nutmeg oatmeal obelisk octopus omelet onion opera orange organ ostrich outpost owl
    oxygen pagoda pajama palace pancake panda papaya parade parsley pastry patio peacock peanut pelican pencil
    penguin petal piano pickle pilot piston pizza platinum plow pony poppy porch potato powder pretzel puddle
    puffin pulley puma pumpkin puppet pyramid quail quarry quiche quill quilt raccoon radish raft rainbow raisin
    ranch raspberry razor reptile rhino rhubarb rice riddle ruby rudder rug salad sandal satchel sausage scarf
    scooter scorpion seagull seaweed sequoia shamrock shark shovel skeleton skunk sleigh sloth snail sofa
    spatula sphinx spider spinach sponge squid squirrel stadium stallion starfish statue stove sugar sultan
    sundial sycamore syrup tablet tadpole tambourine tangerine tapestry tavern teacup telescope theater thicket
    throne tiara toad tobacco tomato tornado toucan tractor trapeze treasure trombone trumpet tundra turban
    turnip tuxedo twig ukulele umbrella unicorn urchin vampire vanilla vase viaduct villa vinegar viola viper
    volcano vortex vulture waffle walrus waltz warbler warrior wasp weasel whale wharf whistle wizard wombat
    woodland xenon yacht yak yeast yogurt zebra zeppelin zigzag zodiac zucchini""".split(),
    """quiver rabbit raven ribbon river rocket saddle saffron salmon sapphire shadow signal silver sparrow spruce
    station stone summit sunset teapot temple thistle thunder tiger timber tulip tunnel turtle valley velvet
    violet walnut whisper willow window winter wolf zephyr acorn balcony bamboo bell brook cactus camel cello
    cliff comet cradle dune echo elm fjord flute galaxy goblet harp hedge iris jaguar kayak lake lynx magnet
    mill moss nest oak opal parrot pearl pine plum pond reed ridge robin rope sail shell slate snow swan torch
    tower trout wagon wheat zinc""".split(),
)
PEOPLE = Words(
    """alice amir anna boris carla chen dana diego elena emil fatima felix greta hana hugo ines ivan jonas karim
    kira lars leila luca maria mila nadia nils nora olga abdul agnes aisha albert amara andre anton arjun astrid
    axel bao beatriz bjorn bruno cecil chloe clara conrad cosmo dalia dmitri dorothy edith eduardo eleni elsa
    erik esther ezra farah fergus finn freya gabriel gemma george gunnar gwen haruto hassan helga henrik hiroshi
    ingrid isaac jasper javier joao jorge julia kaito katrin kwame lakshmi lorenzo lucy magnus malik mateo
    matilda mehmet mei miguel mohamed naomi natasha nikolai nobuko oscar otto pablo patrick petra philip rachel
    ravi renata rohan ruth salma sandro sergei simone stefan susan takeshi tobias tomas ursula valeria walter
    wanda wei xavier yuki zara zoltan""".split(),
    """omar paula pedro priya quinn rafael rosa samir sara sven tara theo uma vera viktor yara yusuf zoe bella
    cyrus daria enzo flora goran heidi ilja judit kofi lotte marek""".split(),
)
SERVICES = Words(
    """auth backup billing cache catalog checkout cron gateway indexer inventory ledger mailer metrics notifier
    orders parser alerts analytics archiver balancer broker chat collector crawler dashboard dispatch encoder
    exporter feeds forwarder finder identity importer janitor limiter monitor planner pricing publisher ranking
    relay renderer resolver router tracker translator vault watchdog""".split(),
    """payments printer proxy queue reports scheduler search session shipping storage sync telemetry uploader
    webhook""".split(),
)
EXTENSIONS = Words(
    """cfg conf csv doc dat html ini json log md out sql tmp txt xml avi bak bmp cpp eml epub flac gif java jpg map
    mp3 odt pem php pid ppt rb rs rtf sty tif toml ts ttf webp xls""".split(),
    "bin css dot ics js lua pdf png rst svg tex tsv vcf wav yaml".split(),
)
CITIES = Words(
    """Aarhus Bergen Bologna Cairo Cordoba Dakar Delhi Dublin Geneva Hanoi Havana Izmir Kyoto Lagos Leipzig Lima
    Lisbon Lyon Malmo Manila Accra Algiers Amman Antwerp Athens Bangkok Basel Beirut Berlin Bogota Boston Bremen
    Brussels Budapest Calgary Caracas Chicago Cologne Dallas Denver Dresden Durban Edinburgh Florence Gdansk
    Ghent Glasgow Granada Hamburg Helsinki Houston Istanbul Jakarta Karachi Kigali Kingston Krakow Lahore London
    Lusaka Madrid Marseille Melbourne Miami Milan Montreal Mumbai Munich Naples Ottawa Paris Perth Phoenix
    Reykjavik Rome Rotterdam Santiago Seoul Shanghai Stockholm Sydney Tallinn Tehran Tokyo Toronto Valencia
    Vancouver Venice Warsaw Zurich""".split(),
    "Nairobi Osaka Oslo Porto Prague Quito Riga Seville Sofia Tampere Tunis Turin Utrecht Vienna Zagreb".split(),
)
VERBS = Words("checks copies counts reads sends sorts".split(), "stores tests updates watches".split())
TOPICS = Words("budget deadline invoice meeting release".split(), "review ticket urgent".split())
AMOUNTS = Words(
    "price score size cost fee length height width distance balance volume load".split(), "quantity mass weight".split()
)
ACCOUNTS = Words("daemon bin sys games man mail news list".split(), "lp uucp proxy www-data backup irc".split())
# of these, some have no group of their own name
OWNERS = Words((*ACCOUNTS.training, "sync", "nobody"), ACCOUNTS.evaluation)
PLACES = Words(
    """/srv /opt /var/lib /data /home/shared /mnt /var/opt /var/cache /var/spool /usr/local/src /usr/local/lib
    /usr/src /etc/opt /home/projects""".split(),
    "/root /usr/local/share /var/tmp /media /home/team".split(),
)


def names(rng: Draw, count: int) -> list[str]:
    """Distinct short names."""
    return rng.sample(rng.of(NOUNS), count)


def place(rng: Draw) -> str:
    """A directory that does not exist yet in a fresh machine."""
    first, second = names(rng, 2)
    return (
        f"{rng.choice(rng.of(PLACES))}/{first}"
        if rng.random() < 0.5
        else f"{rng.choice(rng.of(PLACES))}/{first}-{second}"
    )


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
