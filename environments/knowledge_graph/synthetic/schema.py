"""What the project's own graph is about: kinds of things, how they are related, and how a question words a relation.

The names of types and relations are in Freebase's manner (`domain.type.property`), a few of them Freebase's own. Every
relation has a reverse. What hangs together in threes goes through a nameless node (a compound value), as it does in
Freebase.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Attribute(NamedTuple):
    """A number or a date of a kind. `most` and `least` are what a question calls its largest and smallest value."""

    name: str
    value: Literal["int", "float", "date"]
    low: float
    high: float
    most: str
    least: str


class Kind(NamedTuple):
    """Things of one sort: `type` is their first type, `plural` what a question calls them, `words` how their names are
    made.
    """

    key: str
    type: str
    plural: str
    words: tuple[str, ...]
    many: int
    attributes: tuple[Attribute, ...] = ()


class Edge(NamedTuple):
    """`source` has `low` to `high` targets by `relation`. `phrase` and `back_phrase` have `{}` where the other end's
    words go.

    `through` is the type of a nameless node in between; then `relation` leads to that node and `onward` from it to the
    target, and the reverse way is `back` (to the node) and `home` (from it to the source).
    """

    source: str
    relation: str
    target: str
    back: str
    low: int
    high: int
    phrase: str
    back_phrase: str
    through: str = ""
    onward: str = ""
    home: str = ""


def _date(name: str, low: int, high: int, most: str, least: str) -> Attribute:
    return Attribute(name, "date", low, high, most, least)


_FOUNDED = "organization.organization.date_founded"

KINDS = (
    Kind(
        "country",
        "location.country",
        "countries",
        ("{}ia", "{}land", "{}mark"),
        14,
        (
            Attribute(
                "location.country.population",
                "int",
                200_000,
                90_000_000,
                "has the most inhabitants",
                "has the fewest inhabitants",
            ),
            Attribute("location.country.area", "float", 900, 900_000, "is largest by area", "is smallest by area"),
        ),
    ),
    Kind(
        "city",
        "location.citytown",
        "cities",
        ("{}ford", "{}haven", "Port {}", "{} Falls"),
        46,
        (
            Attribute(
                "location.citytown.population",
                "int",
                4_000,
                4_000_000,
                "has the most inhabitants",
                "has the fewest inhabitants",
            ),
            Attribute("location.citytown.elevation", "int", 0, 2_400, "lies highest", "lies lowest"),
        ),
    ),
    Kind(
        "river",
        "geography.river",
        "rivers",
        ("{} River", "River {}"),
        22,
        (
            Attribute("geography.river.length", "float", 18, 3_900, "is longest", "is shortest"),
            Attribute(
                "geography.river.discharge", "int", 20, 9_000, "carries the most water", "carries the least water"
            ),
        ),
    ),
    Kind(
        "mountain",
        "geography.mountain",
        "mountains",
        ("Mount {}", "{} Peak", "{}horn"),
        26,
        (
            Attribute("geography.mountain.height", "int", 600, 7_900, "is highest", "is lowest"),
            _date(
                "geography.mountain.first_ascent",
                1780,
                1960,
                "was climbed last for the first time",
                "was climbed first",
            ),
        ),
    ),
    Kind(
        "person",
        "people.person",
        "people",
        ("{} {}son", "{} {}", "{} de {}"),
        150,
        (
            _date("people.person.date_of_birth", 1905, 2001, "was born last", "was born first"),
            Attribute("people.person.height_meters", "float", 1.5, 2.1, "is tallest", "is shortest"),
        ),
    ),
    Kind("profession", "people.profession", "professions", ("{}-maker", "{} keeper", "{} warden"), 10),
    Kind(
        "film",
        "film.film",
        "films",
        ("The {} of {}", "{} at Dusk", "{} (Part Two)", "Goodbye, {}"),
        60,
        (
            Attribute("film.film.runtime", "int", 61, 214, "runs longest", "runs shortest"),
            Attribute("film.film.budget", "int", 90_000, 210_000_000, "was most expensive", "was cheapest"),
            _date("film.film.initial_release_date", 1931, 2019, "was released last", "was released first"),
        ),
    ),
    Kind("film_genre", "film.film_genre", "film genres", ("{} noir", "{} western", "{} farce"), 9),
    Kind(
        "album",
        "music.album",
        "albums",
        ("{} Songs", "Nights in {}", "{}, Again", "The {} Tapes"),
        46,
        (
            Attribute("music.album.length", "int", 1_300, 5_200, "is longest", "is shortest"),
            _date("music.album.release_date", 1958, 2018, "came out last", "came out first"),
        ),
    ),
    Kind("music_genre", "music.genre", "music genres", ("{}-hop", "{} folk", "{} swing"), 8),
    Kind(
        "label",
        "music.record_label",
        "record labels",
        ("{} Records", "{} Sound, Ltd."),
        9,
        (_date(_FOUNDED, 1921, 1999, "was founded last", "was founded first"),),
    ),
    Kind("instrument", "music.instrument", "instruments", ("{} horn", "{} lute", "{} drum"), 9),
    Kind(
        "team",
        "sports.sports_team",
        "teams",
        ("{} Rovers", "{} United", "{} Herons"),
        26,
        (
            _date("sports.sports_team.founded", 1870, 1995, "was founded last", "was founded first"),
            Attribute(
                "sports.sports_team.members", "int", 300, 90_000, "has the most members", "has the fewest members"
            ),
        ),
    ),
    Kind("sport", "sports.sport", "sports", ("{}ball", "{} racing"), 6),
    Kind("position", "sports.sports_position", "positions", ("{} guard", "far {}", "{} runner"), 8),
    Kind(
        "arena",
        "sports.sports_facility",
        "arenas",
        ("{} Park", "{} Arena (North)"),
        18,
        (
            Attribute(
                "sports.sports_facility.capacity",
                "int",
                1_200,
                82_000,
                "holds the most people",
                "holds the fewest people",
            ),
            _date("sports.sports_facility.opened", 1899, 2012, "opened last", "opened first"),
        ),
    ),
    Kind(
        "company",
        "business.business_operation",
        "companies",
        ("{} Works", "{} & {}", "{}, Inc."),
        34,
        (
            Attribute(
                "business.business_operation.revenue",
                "int",
                400_000,
                80_000_000_000,
                "takes in the most",
                "takes in the least",
            ),
            Attribute(
                "business.business_operation.employees",
                "int",
                12,
                240_000,
                "has the most employees",
                "has the fewest employees",
            ),
            _date("business.business_operation.founded", 1850, 2015, "was founded last", "was founded first"),
        ),
    ),
    Kind("industry", "business.industry", "industries", ("{} milling", "{} freight", "{} optics"), 9),
    Kind(
        "product",
        "business.consumer_product",
        "products",
        ("{} {}0", "{} Mark II", "{} Kit (blue)"),
        34,
        (
            Attribute("business.consumer_product.price", "float", 2, 4_000, "costs most", "costs least"),
            Attribute("business.consumer_product.weight", "float", 0.05, 90, "is heaviest", "is lightest"),
        ),
    ),
    Kind(
        "book",
        "book.book",
        "books",
        ("A History of {}", "The {} Letters", "{}, My Love", "{} and {}"),
        44,
        (
            Attribute("book.book.number_of_pages", "int", 48, 1_300, "has the most pages", "has the fewest pages"),
            _date("book.book.date_published", 1901, 2018, "was published last", "was published first"),
        ),
    ),
    Kind("subject", "book.book_subject", "subjects", ("{} studies", "the {} question"), 10),
    Kind(
        "university",
        "education.university",
        "universities",
        ("University of {}", "{} College"),
        18,
        (
            Attribute(
                "education.university.number_of_students",
                "int",
                400,
                70_000,
                "has the most students",
                "has the fewest students",
            ),
            _date("education.university.founded", 1390, 1980, "was founded last", "was founded first"),
        ),
    ),
    Kind("field", "education.field_of_study", "fields of study", ("{} theory", "applied {}"), 9),
    Kind(
        "rocket",
        "spaceflight.rocket",
        "rockets",
        ("{} 5", "{}-M", "{} Heavy"),
        16,
        (
            Attribute("spaceflight.rocket.height", "float", 9, 120, "is tallest", "is shortest"),
            Attribute("spaceflight.rocket.mass", "int", 4_000, 2_900_000, "is heaviest", "is lightest"),
        ),
    ),
    Kind(
        "satellite",
        "spaceflight.satellite",
        "satellites",
        ("{}sat", "{} Observer", "{} 2 (backup)"),
        26,
        (
            _date("spaceflight.satellite.launch_date", 1959, 2019, "was launched last", "was launched first"),
            Attribute("spaceflight.satellite.mass", "int", 30, 9_000, "is heaviest", "is lightest"),
        ),
    ),
)
