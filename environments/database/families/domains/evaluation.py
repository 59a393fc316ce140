"""Tables that training never sees: other subjects, other names, other values."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

EVALUATION = (
    Domain(
        words("Wines, wine_cellar, Cellar Book"),
        "wine",
        "wines",
        "Wine",
        words(
            "Domaine, Chateau, Bodega, Casa, Clos, Tenuta, Quinta, Mas, Weingut, Finca, Vina, Cantina, Cuvee, Cave,"
            " Castell"
        ),
        words(
            "Aubrac, Belmonte, Cordoba, Dellarosa, Estrela, Fabre, Gironde, Lavigne, Montalto, Olivar, Pinot, Rioso,"
            " Sereno, Tarragon, Vallone"
        ),
        (
            Category("Grape", "grape", words("Carmenere, Malbec, Merlot, Riesling, Syrah, Zinfandel")),
            Category("Shelf", "shelf", words("attic, basement, corner, pantry, rack")),
        ),
        (
            Measure("Vintage", "vintage year", 1958, 2019),
            Measure("Bottles", "number of bottles", 1, 240),
            Measure("Cost", "cost of a bottle", 6, 480),
        ),
        Companion(
            words("Grapes, grape_notes"),
            Category("Taste", "taste", words("dry, fruity, smoky, sour")),
            Measure("Ripening days", "number of ripening days", 90, 190),
        ),
    ),
    Domain(
        words("Lighthouses, lights_register, Coastal Lights"),
        "lighthouse",
        "lighthouses",
        "Lighthouse",
        words("Cape, Skerry, Reef, Ness, Isle, Rock, Sound, Fjord, Strait, Shoal, Spit, Bar, Stack, Gulf, Ledge"),
        words("Agnes, Brora, Clew, Duncan, Errol, Fife, Gannet, Hesk, Iona, Jura, Kerrera, Lorn, Muck, Noss, Oban"),
        (
            Category("Keeper", "keeper", words("Barrow, Crane, Dunn, Finch, Hale, Moss")),
            Category("Lamp", "lamp", words("gas, halogen, LED, oil")),
        ),
        (
            Measure("Tower m", "tower height in metres", 7, 82),
            Measure("Reach nm", "reach in nautical miles", 5, 29),
            Measure("Steps", "number of steps", 20, 360),
        ),
        Companion(
            words("Keepers, keeper_roster"),
            Category("Rank", "rank", words("assistant, chief, deputy, trainee")),
            Measure("Service years", "number of years in service", 1, 41),
        ),
    ),
    Domain(
        words("Courses, course_plan, Autumn Term"),
        "course",
        "courses",
        "Course",
        words(
            "Basic, Advanced, Applied, Theoretical, Practical, General, Introductory, Intensive, Comparative,"
            " Experimental, Digital, Medieval, Quantum, Organic, Urban"
        ),
        words(
            "Algebra, Botany, Chemistry, Drawing, Economics, Finance, Geology, Hydraulics, Italian, Linguistics,"
            " Mechanics, Optics, Philosophy, Rhetoric, Statistics"
        ),
        (
            Category("Lecturer", "lecturer", words("Dr Amos, Dr Bligh, Prof Curtis, Prof Dahl, Dr Everett")),
            Category("Campus", "campus", words("Hillside, Kingsway, Northgate, Parkside")),
        ),
        (
            Measure("Students", "number of students", 6, 420),
            Measure("Credits", "number of credits", 1, 15),
            Measure("Hours", "number of weekly hours", 1, 12),
        ),
        Companion(
            words("Lecturers, lecturer_rooms"),
            Category("Building", "building", words("Annex, Dome, Library, Tower")),
            Measure("Room", "room number", 101, 460),
        ),
    ),
    Domain(
        words("Dogs, kennel_book, Dog Show"),
        "dog",
        "dogs",
        "Dog",
        words("Biscuit, Bruno, Coco, Daisy, Fido, Hazel, Lucky, Monty, Molly, Nala, Pepper, Rex, Rusty, Teddy, Toffee"),
        words(
            "of Ashby, of Brecon, of Carrick, of Derby, of Exeter, of Frome, of Galway, of Hexham, of Ilkley, of"
            " Kendal, of Ludlow, of Malvern, of Newark, of Oakham, of Penrith"
        ),
        (
            Category("Breed", "breed", words("beagle, boxer, collie, poodle, spaniel, terrier, whippet")),
            Category("Handler", "handler", words("Aldous, Beatrix, Cosmo, Dorothea, Edmund")),
        ),
        (
            Measure("Tricks", "number of tricks", 1, 40),
            Measure("Months", "age in months", 4, 160),
            Measure("Prize money", "prize money", 0, 8500),
        ),
        Companion(
            words("Breeds, breed_standards"),
            Category("Coat", "coat", words("curly, silky, smooth, wiry")),
            Measure("Shoulder cm", "shoulder height in centimetres", 24, 70),
        ),
    ),
    Domain(
        words("Bridges, bridge_register, River Crossings"),
        "bridge",
        "bridges",
        "Bridge",
        words(
            "Kaiser, Medway, Tamar, Volga, Danube, Rhine, Seine, Tagus, Elbe, Oder, Loire, Ebro, Neva, Dniester,"
            " Vistula"
        ),
        words(
            "Viaduct, Span, Crossing, Footbridge, Causeway, Arch, Drawbridge, Overpass, Passage, Link, Gateway,"
            " Trestle, Flyover, Aqueduct, Swing"
        ),
        (
            Category("Builder", "builder", words("Ashcroft, Bernardi, Cavendish, Dupont, Eberhard, Fowler")),
            Category("Material", "material", words("brick, concrete, steel, stone, timber")),
        ),
        (
            Measure("Span m", "span in metres", 12, 1900),
            Measure("Lanes", "number of lanes", 1, 10),
            Measure("Toll", "toll", 0, 38),
        ),
        Companion(
            words("Builders, builder_archive"),
            Category("Workshop", "workshop", words("Antwerp, Gdynia, Sheffield, Trieste")),
            Measure("Workers", "number of workers", 20, 2400),
        ),
    ),
    Domain(
        words("Patients, ward_list, Clinic Visits"),
        "patient",
        "patients",
        "Patient",
        words(
            "Agatha, Bernard, Clarissa, Dominic, Eleanor, Fabian, Gwendolyn, Humphrey, Isabella, Jerome, Leopold,"
            " Matilda, Norbert, Ottilie, Quentin"
        ),
        words(
            "Ainsworth, Blackwood, Chalmers, Danforth, Ellsworth, Fairfax, Greenhalgh, Hathaway, Inglewood, Kirkland, "
            "Lockhart, Merriweather, Northcott, O'Hara, Pemberton"
        ),
        (
            Category("Ward", "ward", words("cardiology, maternity, oncology, orthopaedics, surgery")),
            Category("Insurer", "insurer", words("Aegis, Bulwark, Caritas, Guardian, Pax")),
        ),
        (
            Measure("Nights", "number of nights", 1, 60),
            Measure("Pulse", "pulse", 42, 160),
            Measure("Bill", "bill in pounds", 80, 42000),
        ),
        Companion(
            words("Wards, ward_staffing"),
            Category("Matron", "matron", words("Sister Joy, Sister Ruth, Sister Vera, Sister Wren")),
            Measure("Beds", "number of beds", 6, 64),
        ),
    ),
)
