"""Tables about nature: waters, mountains, animals and what grows, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

NATURE = (
    Domain(
        words("Rivers, river_gauges, Waterways 2017, All Rivers, Basin Rivers"),
        "river",
        "rivers",
        "River",
        words(
            "Ablach, Bistra, Cauvery, Drina, Ergene, Ganga, Irtysh, Kemi, Limpopo, Maritsa, Narew, Orinoco, Paraná,"
            " Sava, Tisza"
        ),
        words(
            "Headwater, Rapids, Meander, Torrent, Brook, Tributary, Estuary, Creek, Cascade, Oxbow, Runnel, Delta Arm, "
            "Backwater, Millrace, Confluence"
        ),
        (
            Category(
                "Catchment",
                "catchment",
                words("Upper Balkan, Grand Karoo, Tundra East, Llanos, St. Anne's Valley, Marsh District"),
            ),
            Category(
                "Flow regime", "flow regime", words("glacial, monsoon-fed, snowmelt, spring-fed, tidal, seasonal")
            ),
            Category("Gauge code", "gauge code", words("RG-02, RG-07, RG-19, RG-33, RG-58")),
        ),
        (
            Measure("Length km", "length in kilometres", 9, 2900),
            Measure("Mean flow", "mean flow in cubic metres per second", 1, 8800),
            Measure("Dams", "number of dams on the way", 0, 16),
            Measure("Salmon counted", "number of salmon counted", 0, 52000),
        ),
        Companion(
            words("Catchments, catchment_boards"),
            Category("Warden", "warden", words("Ilse Brandvold, J. Mbeki, Tereza Kolar, Wanda Puig")),
            Measure("Wetland ha", "wetland area in hectares", 40, 9600),
        ),
    ),
    Domain(
        words("Glaciers, ice_survey, Glacier, Melting Glaciers, glacier_front_2018"),
        "glacier",
        "glaciers",
        "Glacier",
        words(
            "Aletsch, Briksdal, Columbia, Dachstein, Eyjabakka, Fedchenko, Gangotri, Hintereis, Inylchek, Jostedal,"
            " Khumbu, Langjökull, Mendenhall, Nigard, Perito"
        ),
        words(
            "Icefall, Snout, Tongue, Firn, Moraine, Cirque, Nunatak, Icefield, Serac, Bergschrund, Ogive, Terminus,"
            " Couloir, Névé, Outlet"
        ),
        (
            Category("Massif", "massif", words("Bernina, Karakoram, Ortler, Patagonian Andes, Tian Shan, Vatna")),
            Category("Trend", "trend", words("advancing, retreating, stagnant, surging")),
        ),
        (
            Measure("Surface sq km", "surface in square kilometres", 1, 870),
            Measure("Retreat m", "retreat since 1990 in metres", 0, 3100),
            Measure("Thickness", "greatest thickness in metres", 18, 640),
        ),
        Companion(
            words("Massifs, massif_overview"),
            Category("Ranger hut", "ranger hut", words("Adlerhorst, Refugio Frey, Skarsbu, Tashkol")),
            Measure("Crevasse rescues", "number of crevasse rescues", 0, 47),
        ),
    ),
    Domain(
        words("Bird Rings, ringing_2019, birds, Ringed Birds, bird_ringing_log"),
        "bird",
        "birds",
        "Ring code",
        words("AX, BQ, CV, DZ, EK, FW, GY, HN, JP, KU, LR, MS, NV, PT, RY"),
        words(
            "10441, 11872, 12509, 13384, 14027, 15690, 16215, 17753, 18196, 19460, 20338, 21904, 22587, 23071, 24645"
        ),
        (
            Category(
                "Bird kind",
                "kind of bird",
                words("bullfinch, goldcrest, lapwing, nuthatch, sand martin, skylark, wood warbler, yellowhammer"),
            ),
            Category("Ringer", "ringer", words("Aamu Laine, Benedek Szabo, Carys Pugh, Djamila Said, Espen Rud")),
            Category("Trap site", "trap site", words("Reedbed 4, Old Quarry, Sluice Gate, Heath Net B")),
        ),
        (
            Measure("Wing mm", "wing length in millimetres", 48, 260),
            Measure("Mass dg", "mass in tenths of a gram", 52, 2300),
            Measure("Recaptures", "number of recaptures", 0, 9),
            Measure("Ringed in", "year of ringing", 1998, 2021),
        ),
        Companion(
            words("Bird Kinds, kinds_of_bird"),
            Category("Winter quarters", "winter quarters", words("Senegal, Nile Delta, Andalusia, stays here")),
            Measure("Clutch", "typical clutch size", 2, 12),
        ),
    ),
    Domain(
        words("Butterflies, butterfly_transects, Moth Night 2016, Lepidoptera"),
        "butterfly",
        "butterflies",
        "Name",
        words(
            "Common, Purple, Dusky, Marbled, Painted, Pearl-bordered, Chalkhill, Large, Spotted, Duke's, Wandering, "
            "Silver-washed, Green-veined, Lesser, Sooty"
        ),
        words(
            "Skipper, Fritillary, Hairstreak, Brimstone, Emperor, Ringlet, Grayling, Swallowtail, Admiral, Heath Blue, "
            "Copperwing, Hawkmoth, Tortoiseshell, Monarchet, Festoon"
        ),
        (
            Category(
                "Food plant",
                "food plant",
                words("bird's-foot trefoil, buckthorn, nettle, sheep's fescue, violets, wild thyme"),
            ),
            Category("Habitat", "habitat", words("chalk downland, hedgerow, peat bog, woodland ride")),
        ),
        (
            Measure("Wingspan", "wingspan in millimetres", 21, 124),
            Measure("Sightings", "number of sightings", 1, 2750),
            Measure("Broods", "number of broods in a year", 1, 4),
            Measure("First flight wk", "week of the first flight", 9, 27),
        ),
        Companion(
            words("food_plants, Plants They Eat"),
            Category("Flower colour", "flower colour", words("cream, lilac, magenta, mustard")),
            Measure("Plots sown", "number of plots sown", 0, 85),
        ),
    ),
    Domain(
        words("Mushrooms, fungi_finds, Foray, Autumn Mushrooms, mushroom_basket"),
        "mushroom",
        "mushrooms",
        "Mushroom",
        words(
            "Shaggy, Amethyst, Velvety, Slimy, Bitter, Woolly, Blushing, Saffron, Horned, Scaly, Fragrant, Weeping, "
            "Cinnabar, Penny, Stinking"
        ),
        words(
            "Bolete, Chanterelle, Deceiver, Inkcap, Milkcap, Morel, Parasol, Puffball, Russula, Webcap, Bracket,"
            " Earthstar, Waxcap, Blewit, Polypore"
        ),
        (
            Category("Grows under", "host tree", words("alder, aspen, birch, hornbeam, larch, spruce")),
            Category("Edibility", "edibility", words("choice, deadly, edible when cooked, inedible, suspect")),
            Category("Finder", "finder", words("Agnieszka, Bartosz, Ludmila, Mr. Osgood, Old Pavel")),
        ),
        (
            Measure("Cap mm", "cap width in millimetres", 8, 310),
            Measure("Found pcs", "number of pieces found", 1, 140),
            Measure("Altitude", "altitude of the find in metres", 15, 2100),
        ),
        Companion(
            words("Host Trees, host_tree_notes"),
            Category("Soil", "soil", words("acid sand, clay loam, limey, peaty")),
            Measure("Stands mapped", "number of stands mapped", 2, 66),
        ),
    ),
    Domain(
        words("Caverns, grotto_register, Karst Survey 1994, show_caverns"),
        "cavern",
        "caverns",
        "Cavern",
        words(
            "Dripping, Bottomless, Echo, Bear, Serpent's, Hermit, Marble, Smuggler's, Thirteen-step, Blind, Organ-pipe,"
            " Whispering, Alabaster, Ox, Moonmilk"
        ),
        words(
            "Abyss, Chamber, Gallery No. 2, Grotto, Hollow, Labyrinth, Pothole, Sump, Swallet, Chimney, Crawl, Rotunda,"
            " Sinkhole, Squeeze, Fissure"
        ),
        (
            Category("Caving club", "caving club", words("Bat & Rope, Grotte Amis, Subterra, Troglodytes '71")),
            Category("Access", "access", words("by boat, guided only, ladder needed, locked gate, open")),
        ),
        (
            Measure("Depth m", "depth in metres", 6, 1480),
            Measure("Explored m", "explored length in metres", 30, 64000),
            Measure("Bats", "number of hibernating bats", 0, 3900),
        ),
        Companion(
            words("Caving Clubs, club_of_cavers"),
            Category("Meeting place", "meeting place", words("Blue Boar, Café Zentral, Scout Hut, Vereinsheim")),
            Measure("Annual fee", "annual fee", 12, 95),
        ),
    ),
    Domain(
        words("Islands, archipelago, Isles and Islets, island_census_2011, Outer Islands"),
        "island",
        "islands",
        "Island",
        words(
            "Aegna, Bardsey, Chiloe, Dugi, Eriskay, Faial, Gozo, Hvar, Inishmore, Kihnu, Lofot, Muhu, Niue, Öland, Pico"
            " Alto"
        ),
        words(
            "Major, Minor, Holm, Skerries, Atoll, Cay, Key, Rockall, Motu, Sandbank, Eyot, Haaf, Tombolo, Peninsula,"
            " Lagoon"
        ),
        (
            Category("Sea", "sea", words("Adriatic, Aegean, Banda Sea, Bothnian Bay, Hebrides Sea, Tasman")),
            Category(
                "Reached by", "means of transport", words("helicopter, hovercraft, mail boat, seaplane, car ferry")
            ),
        ),
        (
            Measure("Inhabitants", "number of inhabitants", 0, 31000),
            Measure("Coastline km", "length of the coastline in kilometres", 2, 540),
            Measure("Sunny days", "number of sunny days in a year", 70, 330),
            Measure("Puffin pairs", "number of breeding pairs of puffins", 0, 12500),
        ),
        Companion(
            words("Seas, sea_chart"),
            Category("Surveyed by", "surveying vessel", words("HMS Echo, Kaiyo Maru, Nordkaperen, RV Aranda")),
            Measure("Deepest m", "depth of the deepest point in metres", 90, 7400),
        ),
    ),
    Domain(
        words("Lakes, lake_water_tests, Bathing Lakes, Lake Levels 2022, limnology"),
        "lake",
        "lakes",
        "Lake",
        words(
            "Aral, Bled, Constance, Drummond, Edku, Garda, Hallstatt, Inari, Kivu, Ladoga, Mead, Natron, Onega, Poyang,"
            " Rotorua"
        ),
        words(
            "Upper Basin, Lower Basin, North Cove, South Cove, Reservoir, Tarnlet, Inlet, Weir Pond, Narrows, Mere,"
            " Lido, Boathouse Bay, Fen Side, Deepwater, Loch"
        ),
        (
            Category("Water quality", "water quality", words("excellent, sufficient, moderate, unfit for bathing")),
            Category("Main fish", "main fish", words("bream, pike-perch, char, tench, vendace, zander")),
            Category("Test lab", "testing laboratory", words("AquaCheck, Limnos, Umweltlabor Süd, Vesi Oy")),
        ),
        (
            Measure("Depth dm", "depth in decimetres", 14, 5900),
            Measure("Visibility cm", "visibility in centimetres", 20, 1450),
            Measure("Algae count", "algae count", 0, 90000),
        ),
        Companion(
            words("water_quality_classes, Quality Classes"),
            Category("Flag", "flag", words("azure, striped, plain white, violet")),
            Measure("Tests a year", "number of tests a year", 2, 26),
        ),
    ),
    Domain(
        words("Volcanoes, eruption_watch, Volcano Bulletin, active_volcanoes_1980"),
        "volcano",
        "volcanoes",
        "Volcano",
        words(
            "Anak, Bromo, Cotopaxi, Erebus, Fuego, Hekla, Ijen, Katmai, Lascar, Merapi, Nyira, Pacaya, Rainier, Semeru,"
            " Villarrica"
        ),
        words(
            "Caldera, Cinder Cone, Crater, Dome Two, Flank, Fumarole, Main Vent, Maar, Rift, Shield, Solfatara,"
            " Stratocone, Plug, Somma, Lahar Field"
        ),
        (
            Category("Alert level", "alert level", words("calm, unrest, watch, imminent, erupting")),
            Category("Observatory", "observatory", words("Arequipa OVS, Goma, Hilo, Kagoshima, Reykjavik IMO")),
        ),
        (
            Measure("Elevation m", "elevation in metres", 190, 6100),
            Measure("Last eruption", "year of the last eruption", 1669, 2022),
            Measure("Tremors", "number of tremors in the last week", 0, 880),
            Measure("Ash t", "ash in tonnes", 0, 47000),
        ),
        Companion(
            words("alert_levels, Levels of Alert"),
            Category("Siren", "siren signal", words("one long, three short, none, wailing")),
            Measure("Closed zone km", "radius of the closed zone in kilometres", 0, 40),
        ),
    ),
    Domain(
        words("Whales, whale_watch, Marine Mammals, Fluke Catalogue, whale_id_photos"),
        "whale",
        "whales",
        "Nickname",
        words(
            "Barnacle, Captain, Dotty, Freckle, Grandpa, Half-fin, Inky, Jigsaw, Kinky, Lefty, Notch, Patchy, Ragged,"
            " Scratch, Zigzag"
        ),
        words("Bea, Fluke, Hump, Jaws, Ketil, Moby, Nan, Oona, Plunge, Quill, Rascal, Spouter, Tahoma, Ulla, Wally"),
        (
            Category("Pod", "pod", words("J2, K-17, L87, T049, Transients")),
            Category("Sea area", "sea area", words("Azores Bank, Bay of Fundy, Hervey Bay, Lofoten Deep, Skjálfandi")),
            Category("Sex", "sex", words("calf unsexed, female, male, undetermined")),
        ),
        (
            Measure("Length dm", "length in decimetres", 38, 290),
            Measure("Encounters", "number of encounters", 1, 215),
            Measure("Dive min", "longest dive in minutes", 3, 124),
        ),
        Companion(
            words("Pods, pod_families"),
            Category("Matriarch", "matriarch", words("Granny, Ka'la, Old Tess, Slick, Wake")),
            Measure("Members", "number of members", 2, 43),
        ),
    ),
)
