"""Tables about culture and places, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words
from environments.database.families.domains.society import COUNTRIES, PLACES

CULTURE = (
    Domain(
        words("Songs, chart_entries, Top Songs, songs_of_1987, Hit Parade, Song"),
        "song",
        "songs",
        "Title",
        words(
            "Midnight, Paper, Electric, Broken, Summer, Neon, Lonely, Velvet, Burning, Winter, Secret, Crystal,"
            " Runaway, Desert, Plastic"
        ),
        words(
            "Rain, Hearts, Mirror, Highway, Garden, Letters, River, Planet, Shadow, Carnival, Signal, Kingdom, Dancer,"
            " Machine, Window"
        ),
        (
            Category("Label", "label", words("Bluebird Records, Kite Music, Parlour, Stonehill, Tandem")),
            Category("Genre", "genre", words("folk, jazz, pop, rock, soul, techno")),
        ),
        (
            Measure("Weeks on chart", "number of weeks on the chart", 1, 60),
            Measure("Length s", "length in seconds", 95, 480),
            Measure("Year", "year", 1962, 2021),
        ),
        Companion(
            words("Labels, label_list"),
            Category("City", "city", words("London, Detroit, Berlin, Lagos, Kingston")),
            Measure("Founded", "founding year", 1920, 1999),
        ),
    ),
    Domain(
        words("Books, library_catalogue, Book Stock, books_on_loan, Book, Reading Room"),
        "book",
        "books",
        "Title",
        words(
            "The Last, The Hidden, A Quiet, The Glass, The Second, A Distant, The Salt, The Empty, An Honest, The"
            " Winter, The Paper, A Borrowed, The Iron, The Lost, A Small"
        ),
        words(
            "Orchard, Harbour, Witness, Bridge, Atlas, Tenant, Winter, Archive, Mountain, Letter, Gardener, Clock,"
            " Sister, Map, Inheritance"
        ),
        (
            Category(
                "Publisher", "publisher", words("Arbour House, Fenwick & Sons, Lanternlight Press, Quill, Saltmarsh")
            ),
            Category("Subject", "subject", words("biography, crime, history, poetry, travel, science")),
        ),
        (
            Measure("Pages", "number of pages", 90, 920),
            Measure("Copies", "number of copies", 1, 40),
            Measure("Published", "year of publication", 1931, 2022),
        ),
        Companion(
            words("Publishers, publisher_info"),
            Category("Country", "country", words("Ireland, Canada, India, Australia, Malta")),
            Measure("Employees", "number of employees", 6, 400),
        ),
    ),
    Domain(
        words("Cities, city_statistics, Towns and Cities, cities_2015, All Cities, City Facts"),
        "city",
        "cities",
        "City",
        PLACES,
        words(
            "Bay, Bridge, Cross, Falls, Ferry, Green, Harbour, Heath, Hill, Market, Mills, Park, Point, Springs, Wells"
        ),
        (
            Category("Region", "region", words("Coast, Highlands, Lake District, Midlands, Plains, Southern Isles")),
            Category("Climate", "climate", words("arid, humid, mild, polar, windy")),
        ),
        (
            Measure("Population", "population", 900, 880000),
            Measure("Area km2", "area in square kilometres", 4, 640),
            Measure("Founded", "founding year", 1105, 1930),
        ),
        Companion(
            words("Regions, region_table"),
            Category("Governor", "governor", words("Ms Alder, Mr Birch, Ms Cedar, Mr Elm, Ms Hazel, Mr Rowan")),
            Measure("Seats", "number of seats in parliament", 2, 30),
        ),
    ),
    Domain(
        words("Mountains, summits, Peaks of the Range, mountain_list, High Mountains, mountains_climbed"),
        "mountain",
        "mountains",
        "Mountain",
        words("Mount, Pico, Great, Little, Black, White, Old, Upper, Lower, Lone, Saint, Broken, High, East, West"),
        words("Alba, Borun, Cerro, Dorn, Elva, Firnhorn, Gorat, Hesper, Isolde, Karn, Lumen, Morg, Nevis, Orla, Tarn"),
        (
            Category("Range", "range", words("Ash Range, Blue Ridge, Coral Chain, Drake Hills, Grey Teeth")),
            Category("Rock", "type of rock", words("basalt, gneiss, granite, limestone, slate")),
        ),
        (
            Measure("Height m", "height in metres", 640, 7900),
            Measure("Huts", "number of huts", 0, 14),
            Measure("First ascent", "year of the first ascent", 1780, 1990),
        ),
        Companion(
            words("Ranges, range_facts"),
            Category("Country", "country", COUNTRIES),
            Measure("Peaks", "number of named peaks", 5, 120),
        ),
    ),
    Domain(
        words("Films, cinema_programme, Film Archive, Film, films_shown_1999, Late Screenings"),
        "film",
        "films",
        "Film",
        words(
            "Return to, Beyond, Beneath, Escape from, Letters from, Summer in, Shadows over, Murder in, Winter in,"
            " Farewell to, A Night in, The Road to, Lost in, Back to, Trouble in"
        ),
        PLACES,
        (
            Category("Director", "director", words("Ana Prado, Bo Linder, Chen Wu, Dora Katz, Emil Hartt, Fay Okoro")),
            Category("Language", "language", words("English, French, Hindi, Japanese, Spanish")),
        ),
        (
            Measure("Minutes", "running time in minutes", 71, 214),
            Measure("Awards", "number of awards", 0, 17),
            Measure("Released", "year of release", 1948, 2022),
        ),
        Companion(
            words("Directors, director_info"),
            Category("Birthplace", "birthplace", words("Recife, Malmo, Harbin, Vienna, Tallinn, Accra")),
            Measure("Born", "year of birth", 1911, 1980),
        ),
    ),
)
