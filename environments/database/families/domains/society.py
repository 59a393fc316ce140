"""Tables about work, trade, traffic and sport, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

COUNTRIES = words("Norway, Portugal, Chile, Japan, Kenya, Canada, Greece")
PLACES = words(
    "Arden, Bellmouth, Corrin, Dunmore, Eastvale, Farrow, Grimsey, Hollin, Inverlow, Jarrow, Kesh, Lowick, Marlin,"
    " Norrin, Otter"
)

SOCIETY = (
    Domain(
        words("Employees, staff_list, Staff Members, employee, Employees North, employees_2024"),
        "employee",
        "employees",
        "Name",
        words("Ada, Boris, Chloe, Dmitri, Elena, Farid, Greta, Hugo, Ines, Jonas, Keiko, Liam, Mara, Nadia, Oscar"),
        words(
            "Abbott, Brandt, Castillo, Duval, Eriksen, Fontana, Garcia, Haugen, Ivanov, Jensen, Kowalski, Lindqvist,"
            " Moreau, Novak, O'Brien"
        ),
        (
            Category("Department", "department", words("Accounting, Legal, Logistics, Marketing, Research, Support")),
            Category("Office", "office", words("Lisbon, Toronto, Osaka, Nairobi, Oslo")),
        ),
        (
            Measure("Salary", "salary", 24000, 98000),
            Measure("Age", "age", 19, 66),
            Measure("Sick days", "number of sick days", 0, 25),
        ),
        Companion(
            words("Departments, department_info"),
            Category("Head", "head", words("P. Quist, R. Salas, T. Ueda, V. Weiss, Y. Zhang, B. Amadi")),
            Measure("Floor", "floor", 1, 12),
        ),
    ),
    Domain(
        words("Ships, harbour_register, Fleet 2020, Ship, ships_at_anchor, Ship Movements"),
        "ship",
        "ships",
        "Ship",
        words(
            "Northern, Silver, Crimson, Golden, Silent, Restless, Amber, Distant, Brave, Frozen, Royal, Scarlet, Swift,"
            " Hollow, Iron"
        ),
        words(
            "Star, Heron, Tide, Lantern, Gull, Compass, Wave, Falcon, Anchor, Breeze, Pearl, Horizon, Otter, Beacon,"
            " Crown"
        ),
        (
            Category("Home port", "home port", words("Bergen, Porto, Valparaiso, Yokohama, Mombasa, Halifax, Piraeus")),
            Category("Type", "type", words("ferry, tanker, trawler, cruiser, tug")),
        ),
        (
            Measure("Length m", "length in metres", 18, 330),
            Measure("Crew", "crew size", 3, 900),
            Measure("Built", "year of construction", 1951, 2019),
        ),
        Companion(
            words("Ports, port_data"),
            Category("Country", "country", COUNTRIES),
            Measure("Berths", "number of berths", 4, 90),
        ),
    ),
    Domain(
        words("Products, inventory, 2023 Catalogue, product, Products on Sale, products_east"),
        "product",
        "products",
        "Product",
        words(
            "Compact, Deluxe, Folding, Heavy, Classic, Travel, Garden, Smart, Eco, Junior, Studio, Mini, Outdoor,"
            " Silent, Turbo"
        ),
        words(
            "Kettle, Lamp, Tent, Drill, Blender, Backpack, Chair, Speaker, Heater, Scale, Mixer, Ladder, Camera,"
            " Toaster, Fan"
        ),
        (
            Category("Supplier", "supplier", words("Arctos, Brightware, Delmont, Kobo Trading, Nordlys, Zenit")),
            Category("Category", "category", words("home, kitchen, leisure, office, tools")),
        ),
        (
            Measure("Price", "price", 5, 900),
            Measure("Stock", "number in stock", 0, 500),
            Measure("Weight g", "weight in grams", 80, 24000),
        ),
        Companion(
            words("Suppliers, supplier_terms"),
            Category("Country", "country", words("Finland, Poland, Vietnam, Turkey, Mexico, Spain")),
            Measure("Delivery days", "number of delivery days", 1, 45),
        ),
    ),
    Domain(
        words("Teams, league_table, Season Results, Team, teams_second_league, Team Sheet"),
        "team",
        "teams",
        "Team",
        PLACES,
        words(
            "Arrows, Badgers, Comets, Dragons, Eagles, Foxes, Giants, Hornets, Jets, Kings, Lions, Mariners, Owls,"
            " Rovers, Wolves"
        ),
        (
            Category(
                "Stadium", "stadium", words("Abbey Road, Brickfield, Canal End, Docklands, Queen's Park, Victory Field")
            ),
            Category("Division", "division", words("East, North, South, West")),
        ),
        (
            Measure("Wins", "number of wins", 0, 38),
            Measure("Goals", "number of goals", 8, 130),
            Measure("Attendance", "average attendance", 350, 72000),
        ),
        Companion(
            words("Stadiums, venue_list"),
            Category("Surface", "surface", words("grass, hybrid, artificial turf, clay")),
            Measure("Capacity", "capacity", 2000, 90000),
        ),
    ),
    Domain(
        words("Trains, timetable, Night Trains, train, Trains on Sunday, trains_platform_4"),
        "train",
        "trains",
        "Train",
        words(
            "Express, Local, Night, Regional, Coastal, Alpine, Capital, Border, Valley, Metro, Harvest, Lakeside,"
            " Summit, Union, Pilgrim"
        ),
        tuple(str(number) for number in range(101, 341, 16)),
        (
            Category("Operator", "operator", words("Blue Line, Centrail, Fastway, Northlink, Ostbahn")),
            Category("Destination", "destination", words("Arles, Brno, Gdansk, Leeds, Turin, Zagreb")),
        ),
        (
            Measure("Carriages", "number of carriages", 2, 18),
            Measure("Distance km", "distance in kilometres", 12, 1900),
            Measure("Seats", "number of seats", 60, 1100),
        ),
        Companion(
            words("Operators, operator_contacts"),
            Category("Headquarters", "headquarters", words("Lyon, Prague, Hamburg, York, Graz")),
            Measure("Trains owned", "number of trains it owns", 10, 600),
        ),
    ),
)
