"""Tables about travel, leisure and living things, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

LEISURE = (
    Domain(
        words("Hotels, hotel_list, Guest Houses, Hotel, hotels_by_the_sea, Hotel Bookings"),
        "hotel",
        "hotels",
        "Hotel",
        words(
            "Grand, Park, Seaside, Station, Garden, Plaza, Riverside, Palm, Central, Harbour, Sunset, Cliff, Old Town,"
            " Airport, Vista"
        ),
        words(
            "Inn, Palace, Lodge, Residence, Rooms, House, Suites, Retreat, Manor, Court, Resort, Villa, Chalet, Hostel,"
            " Terrace"
        ),
        (
            Category("Chain", "chain", words("Alto, Bonvista, Cordial, Esperia, Monarch, Solana")),
            Category("Board", "type of board", words("breakfast, full board, half board, self-catering")),
        ),
        (
            Measure("Rooms", "number of rooms", 8, 640),
            Measure("Rate", "nightly rate", 35, 720),
            Measure("Opened", "opening year", 1894, 2021),
        ),
        Companion(
            words("Chains, chain_facts"),
            Category("Owner", "owner", words("Baxter Group, Calder Fund, Dietz AG, Ferro Ltd")),
            Measure("Hotels owned", "number of hotels it owns", 3, 210),
        ),
    ),
    Domain(
        words("Cars, car_models, Used Cars, cars_in_stock, Car, Showroom 2018"),
        "car",
        "cars",
        "Model",
        words(
            "Astra, Bravo, Corsa, Delta, Fiero, Galant, Impala, Kappa, Lancer, Monza, Optima, Punto, Rapid, Strada,"
            " Vento"
        ),
        words("GT, LX, Sport, Estate, Cabrio, Hybrid, Cross, Van, Coupe, Touring, XL, Plus, Prime, Max, Electric"),
        (
            Category("Maker", "maker", words("Adlon, Benetti, Corvo, Daxa, Hanover, Jutta")),
            Category("Colour", "colour", words("black, blue, green, red, silver, white")),
        ),
        (
            Measure("Horsepower", "horsepower", 55, 540),
            Measure("Mileage", "mileage", 100, 260000),
            Measure("Sold", "number of cars sold", 2, 900),
        ),
        Companion(
            words("Makers, maker_data"),
            Category("Base", "base", words("Turin, Munich, Nagoya, Detroit, Seoul")),
            Measure("Factories", "number of factories", 1, 30),
        ),
    ),
    Domain(
        words("Recipes, cookbook, Family Recipes, recipes_tried, Recipe Cards, recipe"),
        "recipe",
        "recipes",
        "Recipe",
        words(
            "Spicy, Creamy, Roasted, Baked, Grilled, Sweet, Smoked, Fresh, Stuffed, Crispy, Golden, Rustic, Quick,"
            " Warm, Cold"
        ),
        words(
            "Noodles, Soup, Dumplings, Salad, Potatoes, Pie, Beans, Chicken, Curry, Risotto, Pancakes, Stew, Lentils,"
            " Fish, Omelette"
        ),
        (
            Category("Cook", "cook", words("Aunt May, Bella, Chef Luc, Grandma, Tomas, Yuki")),
            Category("Meal", "meal", words("breakfast, dessert, dinner, lunch, snack")),
        ),
        (
            Measure("Minutes", "preparation time in minutes", 5, 240),
            Measure("Calories", "number of calories", 90, 1400),
            Measure("Servings", "number of servings", 1, 16),
        ),
        Companion(
            words("Cooks, cook_profiles"),
            Category("Home", "home", words("Dublin, Lyon, Kyoto, Naples, Puebla")),
            Measure("Years cooking", "number of years of cooking", 2, 60),
        ),
    ),
    Domain(
        words("Museums, museum_guide, City Museums, Museum, museums_open_sunday, Museum Passes"),
        "museum",
        "museums",
        "Museum",
        words(
            "National, Royal, Maritime, Modern, Folk, Science, Railway, Textile, Mining, War, Toy, Portrait, Natural,"
            " Space, Music"
        ),
        words(
            "Museum, Gallery, Collection, Hall, Institute, Exhibition, House, Centre, Archive, Pavilion, Foundation,"
            " Rooms, Vault, Wing, Works"
        ),
        (
            Category("District", "district", words("Castle Hill, Docks, Newtown, Old Quarter, Riverside, University")),
            Category("Closed", "closing day", words("Monday, Tuesday, Wednesday, Sunday")),
        ),
        (
            Measure("Visitors", "number of visitors", 1200, 940000),
            Measure("Ticket", "ticket price", 2, 45),
            Measure("Exhibits", "number of exhibits", 60, 18000),
        ),
        Companion(
            words("Districts, district_guide"),
            Category("Tram line", "tram line", words("Blue, Green, Orange, Red, Yellow")),
            Measure("Residents", "number of residents", 800, 64000),
        ),
    ),
    Domain(
        words("Athletes, race_results, Club Members, athlete, Athletes 2012, athletes_of_the_year"),
        "athlete",
        "athletes",
        "Athlete",
        words("Abel, Bianca, Cyrus, Delia, Enzo, Flora, Gideon, Hanna, Igor, Joanna, Karim, Lena, Milan, Petra, Ruben"),
        words(
            "Andersen, Bauer, Cohen, Dubois, Ferrari, Gupta, Horvat, Jansen, Keller, Lopez, Murphy, Nilsson, Okafor,"
            " Popov, Rossi"
        ),
        (
            Category("Coach", "coach", words("Arnold, Baird, Cole, Drew, Ennis")),
            Category("Event", "event", words("hurdles, javelin, long jump, marathon, relay, sprint")),
        ),
        (
            Measure("Points", "number of points", 10, 990),
            Measure("Medals", "number of medals", 0, 24),
            Measure("Weight kg", "weight in kilograms", 44, 128),
        ),
        Companion(
            words("Coaches, coach_list"),
            Category("Club", "club", words("Athena, Dynamo, Olympia, Sparta, Unity")),
            Measure("Seasons", "number of seasons as coach", 1, 35),
        ),
    ),
    Domain(
        words("Trees, park_trees, Tree Survey, Tree, trees_felled, Avenue Trees"),
        "tree",
        "trees",
        "Tag",
        words("North, South, East, West, Upper, Lower, Inner, Outer, Old, New, Long, Round, High, Deep, Middle"),
        tuple(f"T{number}" for number in range(12, 102, 6)),
        (
            Category("Species", "species", words("ash, beech, elm, lime, maple, oak, pine")),
            Category("Condition", "condition", words("dying, fair, good, poor")),
        ),
        (
            Measure("Height", "height", 2, 48),
            Measure("Girth cm", "girth in centimetres", 14, 620),
            Measure("Planted", "planting year", 1702, 2015),
        ),
        Companion(
            words("Species, species_notes"),
            Category("Leaf", "leaf shape", words("heart, needle, oval, star")),
            Measure("Lifespan", "lifespan in years", 60, 900),
        ),
    ),
    Domain(
        words("Games, video_games, Game Sales, Game, games_played, Top Games 2020"),
        "game",
        "games",
        "Title",
        words(
            "Pixel, Dragon, Star, Shadow, Turbo, Robot, Mystic, Zombie, Castle, Ninja, Galaxy, Pirate, Jungle, Cyber,"
            " Thunder"
        ),
        words(
            "Quest, Wars, Racer, Legends, Arena, Saga, Empire, Heroes, Escape, Maze, Battle, Tactics, Rush, Frontier,"
            " Chronicles"
        ),
        (
            Category("Studio", "studio", words("Black Fox, Cloudnine, Iron Owl, Lumina, Redwood, Tiny Giant")),
            Category("Platform", "platform", words("arcade, console, handheld, mobile, PC")),
        ),
        (
            Measure("Score", "review score", 12, 99),
            Measure("Sales", "number of copies sold", 500, 990000),
            Measure("Players", "number of players", 1, 64),
        ),
        Companion(
            words("Studios, studio_info"),
            Category("Town", "town", words("Austin, Bristol, Krakow, Montreal, Sapporo")),
            Measure("Staff", "number of staff", 4, 900),
        ),
    ),
    Domain(
        words("Flights, departures, Flight Plan, flight, Flights Today, flights_terminal_2"),
        "flight",
        "flights",
        "Flight",
        words("AB, CK, DV, EL, FN, GA, HX, JT, KM, LP, NB, QS, RW, UV, ZT"),
        tuple(str(number) for number in range(402, 957, 37)),
        (
            Category("Airline", "airline", words("Aerolin, Borealis, Cirrus, Jetstar, Meridian, Skyway")),
            Category("Gate", "gate", words("A1, A2, B4, C3, C7")),
        ),
        (
            Measure("Passengers", "number of passengers", 18, 410),
            Measure("Delay min", "delay in minutes", 0, 320),
            Measure("Fare", "fare", 29, 1450),
        ),
        Companion(
            words("Airlines, airline_info"),
            Category("Hub", "hub", words("Dubai, Frankfurt, Helsinki, Miami, Singapore")),
            Measure("Planes", "number of planes", 5, 480),
        ),
    ),
)
