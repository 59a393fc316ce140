"""Tables about sports, music and other pastimes, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

PASTIMES = (
    Domain(
        words("Chess Players, chess_ratings, Candidates 2024, Swiss Round 9"),
        "chess player",
        "chess players",
        "Full name",
        words(
            "Aleksandra, Bogdana, Cheng-Wei, Dragoljub, Efstathios, Fiorella, Gulnara, Hjalti, Ivanka, Jorden, Khadija,"
            " Levon, Mircea, Nino, Rauf"
        ),
        words(
            "Adamyan, Bykova, Castellví, Dzindzi, Fedorowicz, Gligorov, Hübner, Ioseliani, Jóhannsson, Kasimdzhan,"
            " Ljubojev, Mamedov, Nakagawa, Polgári, Rapport"
        ),
        (
            Category("Federation", "federation", words("ARM, AZE, GEO, IND, NED, ROU, UZB")),
            Category(
                "Favourite opening",
                "favourite opening",
                words("Caro-Kann, Grünfeld, King's Indian, London System, Najdorf, Queen's Gambit"),
            ),
            Category("Title held", "title held", words("candidate master, grandmaster, no title yet, WIM")),
        ),
        (
            Measure("Elo", "Elo rating", 1640, 2810),
            Measure("Draws", "number of draws", 0, 320),
            Measure("Board", "board number", 1, 60),
        ),
        Companion(
            words("Federations, fed_dues"),
            Category("Arbiter", "arbiter", words("Goran U., Ms Hakobyan, Rustam, van Reem")),
            Measure("Clubs", "number of clubs", 12, 1300),
        ),
    ),
    Domain(
        words("Regatta, regatta_entries, Yachts Week 31, Sailing Results"),
        "yacht",
        "yachts",
        "Sail number",
        words("AUS, BRA, CRO, DEN, ESP, FIN, GBR, HKG, ITA, JPN, KEN, NOR, POL, SWE, TUR"),
        words("17, 29, 43, 58, 71, 86, 104, 133, 165, 188, 211 B, 257, 299, 318, 373"),
        (
            Category(
                "Yacht class", "yacht class", words("Dragon, Finn, 49er, J/70, Laser Radial, Soling, Tornado cat")
            ),
            Category("Skipper", "skipper", words("Bouwmeester, Grael Filho, H. Elvstrøm, Miki Matsuda, Tita Ba")),
            Category("Marina", "marina", words("Kieler Förde, Porto Cervo, San Diego Basin, Warnemünde")),
        ),
        (
            Measure("Net points", "number of net points", 3, 260),
            Measure("Finish pos", "finishing position", 1, 64),
            Measure("Sail sq ft", "sail area in square feet", 70, 1850),
            Measure("Protests", "number of protests", 0, 6),
        ),
        Companion(
            words("Yacht Classes, class_rules"),
            Category("Hull", "hull", words("carbon, clinker, GRP, plywood")),
            Measure("Crew kg", "maximum crew weight in kilograms", 60, 490),
        ),
    ),
    Domain(
        words("Jigsaws, puzzle_shelf, Jigsaw Puzzles, puzzles_lent_out"),
        "puzzle",
        "puzzles",
        "Puzzle",
        words(
            "Autumnal, Bavaria's, Cosy, Enchanted, Foggy, Ginger Cat's, Idyllic, Kaleidoscopic, Lamplit, Moonlit,"
            " Nostalgic, Overgrown, Parisian, Snowbound, Tropical"
        ),
        words(
            "Allotments, Bakery, Bookshop, Cable Car, Dollhouse, Fairground, Gondola, Haystack, Jukebox, Lemonade"
            " Kiosk, Map of Europe, Neuschwanstein, Patchwork, Toyshop, Waterfall"
        ),
        (
            Category("Brand", "brand", words("Clementoni, Educa, Heye, Otter House, Ravensburg, Trefl")),
            Category("Pieces missing", "completeness", words("exactly one, many, not checked, nothing missing")),
        ),
        (
            Measure("Pieces", "number of pieces", 48, 9000),
            Measure("Evenings", "number of evenings it took", 1, 70),
            Measure("Times lent", "number of times it was lent", 0, 39),
        ),
        Companion(
            words("Brands, brand_ratings"),
            Category("Cut", "cut", words("irregular, random, ribbon, whimsies")),
            Measure("Stars x10", "rating in tenths of a star", 11, 50),
        ),
    ),
    Domain(
        words("Climbing Routes, topo_south_face, Routes 2020, crag_guide, Sport Climbs"),
        "route",
        "routes",
        "Route",
        words(
            "Action, Biographie, Cosmic, Dreamtime, El Gran, Fat, Ghost, Hubble's, Indian, Jumbo Love, Karma, La Dura, "
            "Midnight Express, Nordwand, Overshadowed"
        ),
        words(
            "Arête, Buttress, Chockstone, Corner Crack, Diedre, Eliminate, Flake, Groove, Hangover, Jamcrack, Layback, "
            "Mantel, Offwidth, Pillar, Slab"
        ),
        (
            Category("Sector", "sector", words("Bassin Nord, Chulilla Wall, Frankenjura 3, Raven Tor, Siurana")),
            Category("Grade FR", "French grade", words("5c, 6a+, 6c, 7b+, 8a, 9a")),
            Category("Bolts", "state of the bolts", words("glue-in new, corroded, pegs, trad gear")),
        ),
        (
            Measure("Pitches", "number of pitches", 1, 31),
            Measure("Rope m", "rope length needed in metres", 20, 80),
            Measure("Ascents", "number of recorded ascents", 0, 4300),
        ),
        Companion(
            words("Sectors, sector_approach"),
            Category("Parking", "car park", words("Camping Lot, Church square, Forest track, Refuge")),
            Measure("Walk in min", "walk-in time in minutes", 2, 150),
        ),
    ),
    Domain(
        words("Guitars, guitar_wall, Vintage Guitars, Music Gear, rental_instruments"),
        "guitar",
        "guitars",
        "Instrument",
        words(
            "Arched, Baritone, Cherry-red, Double-neck, Ebony, Fretless, Gypsy-jazz, Hollow-body, Koa, Left-handed, "
            "Maple-neck, Nylon-string, Parlor, Resonator, Sunburst"
        ),
        words(
            "Archtop, Banjitar, Casino, Dreadnought, Explorer X, Firebird, Gretsch, Hofner, Ibanez, Jazzmaster, Les,"
            " Martin, Ovation, Rickenbacker, Stratos"
        ),
        (
            Category("Pickups", "kind of pickup", words("active EMG, humbucker, P-90, piezo, single coil")),
            Category("Hard case", "hard case", words("gig bag, none, original tweed, plywood flight")),
            Category("Luthier", "luthier", words("Amadou, Benedetto Jr., Linda M., Señora Ramírez")),
        ),
        (
            Measure("Frets", "number of frets", 12, 27),
            Measure("Scale mm", "scale length in millimetres", 560, 762),
            Measure("Weekly hire", "hire for a week", 5, 190),
            Measure("Serial from", "year of the serial number", 1931, 2019),
        ),
        Companion(
            words("Types of Pickup, pickup_specs"),
            Category("Magnet", "magnet", words("alnico II, ceramic bar, no magnet, samarium")),
            Measure("Turns", "number of turns of wire", 0, 12500),
        ),
    ),
    Domain(
        words("Festivals, festival_calendar, Summer Festivals 2025, open_air"),
        "festival",
        "festivals",
        "Festival",
        words(
            "Accordion, Asparagus, Brass, Bonfire Night, Cherry, Chocolate, Film Noir, Garlic, Herring, Kite, Lantern, "
            "Oyster, Puppet, Storytelling, Tango"
        ),
        words(
            "Bash, Biennale, Carnaval, Days, Fair, Feria, Fest, Fortnight, Gathering, Jamboree, Matsuri, Parade,"
            " Revels, Weekender, Week"
        ),
        (
            Category(
                "Venue", "venue", words("Amphitheatre, Bandstand Lawn, Festhalle, Plaza Mayor, Tivoli Gardens, Wharf 9")
            ),
            Category("Sponsor", "sponsor", words("Brauhaus Ernst, Credit Mutuelle, Rotary Ladies, Zubr")),
        ),
        (
            Measure("Tickets sold", "number of tickets sold", 120, 88000),
            Measure("Acts", "number of acts", 3, 240),
            Measure("Edition", "edition", 1, 96),
            Measure("Toilets", "number of toilets", 4, 610),
        ),
        Companion(
            words("Venues, venue_hire"),
            Category("Caretaker", "caretaker", words("Bashir, Frau Lindner, Mo Doyle, Ximena")),
            Measure("Curfew", "curfew hour", 20, 24),
        ),
    ),
    Domain(
        words("Choirs, choir_festival, Choral Union, choirs_and_bands"),
        "choir",
        "choirs",
        "Choir",
        words(
            "Ambrosian, Bach, Cantabile, Cathedral, Chamber, Dockers', Fisherfolk, Gospel, Ladies', Madrigal, Oratorio,"
            " Renaissance, Schola, Taizé, Welsh"
        ),
        words(
            "Chorale, Consort, Ensemble, Glee Club, Harmony, Kantorei, Liedertafel, Motet Group, Octet, Philharmonic,"
            " Quire, Singers, Society, Vespers, Voices"
        ),
        (
            Category("Conductor", "conductor", words("Anneke Roos, Dr. Bohuslav, Ieva, Maestro Lupi, Rhys ap Owen")),
            Category("Voices", "voicing", words("SATB, SSA, TTBB, unison children")),
            Category(
                "Rehearsal", "rehearsal evening", words("Monday late, Tuesdays, Thursday 7 pm, alternate Fridays")
            ),
        ),
        (
            Measure("Sopranos", "number of sopranos", 0, 44),
            Measure("Concerts", "number of concerts a year", 1, 38),
            Measure("Subscription", "yearly subscription", 0, 260),
            Measure("Established", "year of establishment", 1843, 2018),
        ),
        Companion(
            words("Conductors, conductor_fees"),
            Category("Studied at", "place of study", words("Budapest, Cardiff, Leipzig, Riga, Siena")),
            Measure("Fee per evening", "fee for an evening", 40, 950),
        ),
    ),
    Domain(
        words("Podcasts, podcast_feed, Episodes, Audio Shows 2022"),
        "podcast",
        "podcasts",
        "Show",
        words(
            "Almost, Another, Bonus, Curious, Daily, Everyday, Honestly, Infinite, Just, Mostly, Not Another,"
            " Seriously, Totally, Unlikely, Weekly"
        ),
        words(
            "Astronomy, Banter, Beekeeping, Chitchat, Conspiracies, Debates, Etymology, Folklore, Gossip, Heists, "
            "Interviews, Trivia, Monologues, Parenting, Sociology"
        ),
        (
            Category("Host", "host", words("Bea & Raúl, DJ Klaxon, Imogen Shaw, Oluwaseun, Prof. Nobody")),
            Category("Distributor", "distributor", words("Acorn Audio, Podigee, RadioNet, self-hosted, Wavelength")),
            Category("Content rating", "content rating", words("clean, explicit, for kids, mature")),
        ),
        (
            Measure("Episodes", "number of episodes", 1, 1250),
            Measure("Downloads", "number of downloads", 90, 960000),
            Measure("Avg length min", "average length in minutes", 4, 210),
        ),
        Companion(
            words("Hosts, host_studio"),
            Category("Microphone", "microphone", words("condenser, lapel, ribbon mic, USB headset")),
            Measure("Guests", "number of guests", 0, 340),
        ),
    ),
    Domain(
        words("Quilts, quilt_show, Patchwork Quilts, quilts_for_raffle"),
        "quilt",
        "quilts",
        "Quilt",
        words(
            "Amish, Bear's Paw, Bethlehem, Churn, Courthouse, Drunkard's, Flying, Grandmother's, Irish, Jacob's, Lone, "
            "Mariner's, Ohio, Pinwheel, Tumbling"
        ),
        words(
            "Bars, Blocks, Chain, Cross-stitch, Dash, Fan Two, Flower Basket, Geese, Ladderback, Path, Ribbons,"
            " Sampler, Steps Away, Stripes, Wedding Ring"
        ),
        (
            Category("Quilter", "quilter", words("Bess Hartzler, Constanza, Mrs. Yoder, Tilde, Wilhelmina")),
            Category("Backing", "backing", words("cotton lawn, fleece, flour sacks, muslin sheet")),
        ),
        (
            Measure("Patches", "number of patches", 16, 4900),
            Measure("Stitch hours", "number of stitching hours", 20, 1900),
            Measure("Raffle tickets", "number of raffle tickets", 0, 720),
            Measure("Width ft", "width in feet", 3, 11),
        ),
        Companion(
            words("Quilters, quilting_bee"),
            Category("County", "county", words("Holmes, Lancaster, Mifflin, Tuscarawas")),
            Measure("Ribbons won", "number of ribbons won", 0, 33),
        ),
    ),
    Domain(
        words("Ski Slopes, piste_map, Slopes Open Today, Winter Sports Area"),
        "slope",
        "slopes",
        "Slope",
        words(
            "Adler, Bambi, Chamois, Diavolo, Edelweiss, Fuchs, Gemse, Hirsch, Ibex, Kanonenrohr, Lauber, Murmel,"
            " Olympique, Panoramica, Streif"
        ),
        words(
            "Bowl, Boulevard, Carving, Family Run, Funpark, Glade, Gully 2, Halfpipe, Jump, Mogul Field, Piste, Schuss,"
            " Slalom, Traverse, Valley Run"
        ),
        (
            Category("Lift up", "serving lift", words("Bergkastel, Gondola Sud, Hornbahn II, Plan Maison, T-bar Ost")),
            Category("Difficulty", "difficulty", words("beginner, easy blue, red intermediate, steep black")),
            Category("Snow", "kind of snow", words("crust, fresh powder, hardpack, slush")),
        ),
        (
            Measure("Drop m", "vertical drop in metres", 12, 1350),
            Measure("Snow guns", "number of snow guns", 0, 94),
            Measure("Accidents", "number of accidents", 0, 37),
            Measure("Groomed h", "number of hours since grooming", 0, 72),
        ),
        Companion(
            words("Serving Lifts, lift_queue"),
            Category("Lift maker", "lift manufacturer", words("Doppelmayr, Leitner, Poma, Von Roll")),
            Measure("Skiers per h", "number of skiers an hour", 300, 4200),
        ),
    ),
)
