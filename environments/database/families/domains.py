"""What the generated tables are about: small vocabularies from which every table is drawn."""

from __future__ import annotations

from typing import NamedTuple


class Category(NamedTuple):
    """A text column with few values. `phrase` names it inside a sentence."""

    column: str
    phrase: str
    values: tuple[str, ...]


class Measure(NamedTuple):
    """A column of whole numbers, stored as text like everything else."""

    column: str
    phrase: str
    low: int
    high: int


class Companion(NamedTuple):
    """A second table about the values of a domain's first category: one text and one number for each."""

    tables: tuple[str, ...]
    attribute: Category
    measure: Measure


class Domain(NamedTuple):
    """One kind of table. Keys are drawn from all pairs of `firsts` and `seconds`, so they are unique."""

    tables: tuple[str, ...]
    thing: str
    things: str
    key: str
    firsts: tuple[str, ...]
    seconds: tuple[str, ...]
    categories: tuple[Category, ...]
    measures: tuple[Measure, ...]
    companion: Companion


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


_COUNTRIES = _words("Norway, Portugal, Chile, Japan, Kenya, Canada, Greece")
_PLACES = _words(
    "Arden, Bellmouth, Corrin, Dunmore, Eastvale, Farrow, Grimsey, Hollin, Inverlow, Jarrow, Kesh, Lowick, Marlin, Norrin, Otter"
)

DOMAINS = (
    Domain(
        _words("Employees, staff_list, Staff Members"),
        "employee",
        "employees",
        "Name",
        _words("Ada, Boris, Chloe, Dmitri, Elena, Farid, Greta, Hugo, Ines, Jonas, Keiko, Liam, Mara, Nadia, Oscar"),
        _words(
            "Abbott, Brandt, Castillo, Duval, Eriksen, Fontana, Garcia, Haugen, Ivanov, Jensen, Kowalski, Lindqvist, Moreau, Novak, O'Brien"
        ),
        (
            Category("Department", "department", _words("Accounting, Legal, Logistics, Marketing, Research, Support")),
            Category("Office", "office", _words("Lisbon, Toronto, Osaka, Nairobi, Oslo")),
        ),
        (Measure("Salary", "salary", 24000, 98000), Measure("Age", "age", 19, 66), Measure("Sick days", "number of sick days", 0, 25)),
        Companion(
            _words("Departments, department_info"),
            Category("Head", "head", _words("P. Quist, R. Salas, T. Ueda, V. Weiss, Y. Zhang, B. Amadi")),
            Measure("Floor", "floor", 1, 12),
        ),
    ),
    Domain(
        _words("Ships, harbour_register, Fleet 2020"),
        "ship",
        "ships",
        "Ship",
        _words("Northern, Silver, Crimson, Golden, Silent, Restless, Amber, Distant, Brave, Frozen, Royal, Scarlet, Swift, Hollow, Iron"),
        _words("Star, Heron, Tide, Lantern, Gull, Compass, Wave, Falcon, Anchor, Breeze, Pearl, Horizon, Otter, Beacon, Crown"),
        (
            Category("Home port", "home port", _words("Bergen, Porto, Valparaiso, Yokohama, Mombasa, Halifax, Piraeus")),
            Category("Type", "type", _words("ferry, tanker, trawler, cruiser, tug")),
        ),
        (
            Measure("Length m", "length in metres", 18, 330),
            Measure("Crew", "crew size", 3, 900),
            Measure("Built", "year of construction", 1951, 2019),
        ),
        Companion(_words("Ports, port_data"), Category("Country", "country", _COUNTRIES), Measure("Berths", "number of berths", 4, 90)),
    ),
    Domain(
        _words("Songs, chart_entries, Top Songs"),
        "song",
        "songs",
        "Title",
        _words(
            "Midnight, Paper, Electric, Broken, Summer, Neon, Lonely, Velvet, Burning, Winter, Secret, Crystal, Runaway, Desert, Plastic"
        ),
        _words("Rain, Hearts, Mirror, Highway, Garden, Letters, River, Planet, Shadow, Carnival, Signal, Kingdom, Dancer, Machine, Window"),
        (
            Category("Label", "label", _words("Bluebird Records, Kite Music, Parlour, Stonehill, Tandem")),
            Category("Genre", "genre", _words("folk, jazz, pop, rock, soul, techno")),
        ),
        (
            Measure("Weeks on chart", "number of weeks on the chart", 1, 60),
            Measure("Length s", "length in seconds", 95, 480),
            Measure("Year", "year", 1962, 2021),
        ),
        Companion(
            _words("Labels, label_list"),
            Category("City", "city", _words("London, Detroit, Berlin, Lagos, Kingston")),
            Measure("Founded", "founding year", 1920, 1999),
        ),
    ),
    Domain(
        _words("Books, library_catalogue, Book Stock"),
        "book",
        "books",
        "Title",
        _words(
            "The Last, The Hidden, A Quiet, The Glass, The Second, A Distant, The Salt, The Empty, An Honest, The Winter, The Paper, "
            "A Borrowed, The Iron, The Lost, A Small"
        ),
        _words(
            "Orchard, Harbour, Witness, Bridge, Atlas, Tenant, Winter, Archive, Mountain, Letter, Gardener, Clock, Sister, Map, Inheritance"
        ),
        (
            Category("Publisher", "publisher", _words("Arbour House, Fenwick & Sons, Lighthouse Press, Quill, Saltmarsh")),
            Category("Subject", "subject", _words("biography, crime, history, poetry, travel, science")),
        ),
        (
            Measure("Pages", "number of pages", 90, 920),
            Measure("Copies", "number of copies", 1, 40),
            Measure("Published", "year of publication", 1931, 2022),
        ),
        Companion(
            _words("Publishers, publisher_info"),
            Category("Country", "country", _words("Ireland, Canada, India, Australia, Malta")),
            Measure("Employees", "number of employees", 6, 400),
        ),
    ),
    Domain(
        _words("Cities, city_statistics, Towns and Cities"),
        "city",
        "cities",
        "City",
        _PLACES,
        _words("Bay, Bridge, Cross, Falls, Ferry, Green, Harbour, Heath, Hill, Market, Mills, Park, Point, Springs, Wells"),
        (
            Category("Region", "region", _words("Coast, Highlands, Lake District, Midlands, Plains, Southern Isles")),
            Category("Climate", "climate", _words("arid, humid, mild, polar, windy")),
        ),
        (
            Measure("Population", "population", 900, 880000),
            Measure("Area km2", "area in square kilometres", 4, 640),
            Measure("Founded", "founding year", 1105, 1930),
        ),
        Companion(
            _words("Regions, region_table"),
            Category("Governor", "governor", _words("Ms Alder, Mr Birch, Ms Cedar, Mr Elm, Ms Hazel, Mr Rowan")),
            Measure("Seats", "number of seats in parliament", 2, 30),
        ),
    ),
    Domain(
        _words("Products, inventory, 2023 Catalogue"),
        "product",
        "products",
        "Product",
        _words("Compact, Deluxe, Folding, Heavy, Classic, Travel, Garden, Smart, Eco, Junior, Studio, Mini, Outdoor, Silent, Turbo"),
        _words("Kettle, Lamp, Tent, Drill, Blender, Backpack, Chair, Speaker, Heater, Scale, Mixer, Ladder, Camera, Toaster, Fan"),
        (
            Category("Supplier", "supplier", _words("Arctos, Brightware, Delmont, Kobo Trading, Nordlys, Zenit")),
            Category("Category", "category", _words("home, kitchen, leisure, office, tools")),
        ),
        (Measure("Price", "price", 5, 900), Measure("Stock", "number in stock", 0, 500), Measure("Weight g", "weight in grams", 80, 24000)),
        Companion(
            _words("Suppliers, supplier_terms"),
            Category("Country", "country", _words("Finland, Poland, Vietnam, Turkey, Mexico, Spain")),
            Measure("Delivery days", "number of delivery days", 1, 45),
        ),
    ),
    Domain(
        _words("Teams, league_table, Season Results"),
        "team",
        "teams",
        "Team",
        _PLACES,
        _words("Arrows, Badgers, Comets, Dragons, Eagles, Foxes, Giants, Hornets, Jets, Kings, Lions, Mariners, Owls, Rovers, Wolves"),
        (
            Category("Stadium", "stadium", _words("Abbey Road, Brickfield, Canal End, Docklands, Queen's Park, Victory Field")),
            Category("Division", "division", _words("East, North, South, West")),
        ),
        (
            Measure("Wins", "number of wins", 0, 38),
            Measure("Goals", "number of goals", 8, 130),
            Measure("Attendance", "average attendance", 350, 72000),
        ),
        Companion(
            _words("Stadiums, venue_list"),
            Category("Surface", "surface", _words("grass, hybrid, artificial turf, clay")),
            Measure("Capacity", "capacity", 2000, 90000),
        ),
    ),
    Domain(
        _words("Mountains, summits, Peaks of the Range"),
        "mountain",
        "mountains",
        "Mountain",
        _words("Mount, Pico, Great, Little, Black, White, Old, Upper, Lower, Lone, Saint, Broken, High, East, West"),
        _words("Alba, Borun, Cerro, Dorn, Elva, Firnhorn, Gorat, Hesper, Isolde, Karn, Lumen, Morg, Nevis, Orla, Tarn"),
        (
            Category("Range", "range", _words("Ash Range, Blue Ridge, Coral Chain, Drake Hills, Grey Teeth")),
            Category("Rock", "type of rock", _words("basalt, gneiss, granite, limestone, slate")),
        ),
        (
            Measure("Height m", "height in metres", 640, 7900),
            Measure("Huts", "number of huts", 0, 14),
            Measure("First ascent", "year of the first ascent", 1780, 1990),
        ),
        Companion(
            _words("Ranges, range_facts"),
            Category("Country", "country", _COUNTRIES),
            Measure("Peaks", "number of named peaks", 5, 120),
        ),
    ),
    Domain(
        _words("Films, cinema_programme, Film Archive"),
        "film",
        "films",
        "Film",
        _words(
            "Return to, Beyond, Beneath, Escape from, Letters from, Summer in, Shadows over, Murder in, Winter in, Farewell to, "
            "A Night in, The Road to, Lost in, Back to, Trouble in"
        ),
        _PLACES,
        (
            Category("Director", "director", _words("Ana Prado, Bo Linder, Chen Wu, Dora Katz, Emil Hartt, Fay Okoro")),
            Category("Language", "language", _words("English, French, Hindi, Japanese, Spanish")),
        ),
        (
            Measure("Minutes", "running time in minutes", 71, 214),
            Measure("Awards", "number of awards", 0, 17),
            Measure("Released", "year of release", 1948, 2022),
        ),
        Companion(
            _words("Directors, director_info"),
            Category("Birthplace", "birthplace", _words("Recife, Malmo, Harbin, Vienna, Tallinn, Accra")),
            Measure("Born", "year of birth", 1911, 1980),
        ),
    ),
    Domain(
        _words("Trains, timetable, Night Trains"),
        "train",
        "trains",
        "Train",
        _words(
            "Express, Local, Night, Regional, Coastal, Alpine, Capital, Border, Valley, Metro, Harvest, Lakeside, Summit, Union, Pilgrim"
        ),
        tuple(str(number) for number in range(101, 341, 16)),
        (
            Category("Operator", "operator", _words("Blue Line, Centrail, Fastway, Northlink, Ostbahn")),
            Category("Destination", "destination", _words("Arles, Brno, Gdansk, Leeds, Turin, Zagreb")),
        ),
        (
            Measure("Carriages", "number of carriages", 2, 18),
            Measure("Distance km", "distance in kilometres", 12, 1900),
            Measure("Seats", "number of seats", 60, 1100),
        ),
        Companion(
            _words("Operators, operator_contacts"),
            Category("Headquarters", "headquarters", _words("Lyon, Prague, Hamburg, York, Graz")),
            Measure("Trains owned", "number of trains it owns", 10, 600),
        ),
    ),
)
