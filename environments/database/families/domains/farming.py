"""Tables about farms, gardens and kilns, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

FARMING = (
    Domain(
        words("Orchards, north_orchards, Orchards 2019, Fruit Harvest, orchard_blocks"),
        "orchard",
        "orchards",
        "Orchard",
        words(
            "Back Lane, Brickkiln, Chapel, Drover's, Elderfield, Forge, Gallows, Hangman's, Jackdaw, Kingcup, Long"
            " Acre, Magpie, Nether, Parsonage, Quakers'"
        ),
        words(
            "Bramley, Cherryfold, Costard, Damson, Espalier, Greengage, Hesperides, Medlar, Mirabelle, Mulberry, Perry,"
            " Pippin, Quince Row, Russet, Walnut Walk"
        ),
        (
            Category("Rootstock", "rootstock", words("Bud 9, Gisela 5, M26, MM106, seedling")),
            Category("Pruned by", "pruner", words("Ambrose, Gwilym, Hester Pyle, Signe, the Novotny brothers")),
            Category("Soil cover", "soil cover", words("bare strip, clover, mown grass, straw mulch")),
        ),
        (
            Measure("Rows of trees", "number of rows of trees", 3, 84),
            Measure("Yield bins", "yield in bins", 0, 960),
            Measure("Frost nights", "number of frosty nights in spring", 0, 23),
            Measure("Replanted", "year of replanting", 1968, 2020),
        ),
        Companion(
            words("Rootstocks, rootstock_trials"),
            Category("Vigour", "vigour", words("dwarfing, half-standard, semi-vigorous, very vigorous")),
            Measure("Years to fruit", "number of years to the first fruit", 2, 9),
        ),
    ),
    Domain(
        words("Beehives, hive_checks, Apiary Book, All Hives, Bees at Thornhill"),
        "hive",
        "hives",
        "Hive",
        words(
            "Blossom, Bumble, Drowsy, Foxglove, Goldenrod, Heather, Ivy, Lavender, Linden, Nectar, Phacelia, Rapeseed, "
            "Sainfoin, Sunflower, Thistle"
        ),
        words(
            "Dadant, Langstroth, Layens, National Deep, National Standard, Nucleus, Observation, Polystyrene, Skep,"
            " Top-bar, Trough, WBC, Warré, Zander Box, Slovenian"
        ),
        (
            Category("Queen line", "line of the queen", words("Buckfast, Carnica, Caucasian, dark bee, Ligustica")),
            Category("Temper", "temper", words("calm on comb, defensive, nervous, swarmy")),
        ),
        (
            Measure("Honey kg", "honey in kilograms", 0, 74),
            Measure("Brood frames", "number of brood frames", 0, 14),
            Measure("Mites", "number of mites counted", 0, 410),
            Measure("Queen born", "year in which the queen hatched", 2016, 2023),
        ),
        Companion(
            words("queen_lines, Queens and Lines"),
            Category("Breeder", "breeder", words("Br. Adamson, Imkerei Pohl, Stanislava, Mr. Bickerstaffe")),
            Measure("Cells raised", "number of queen cells raised", 5, 340),
        ),
    ),
    Domain(
        words("Goats, goat_herd, Dairy Goats, Herd Book V"),
        "goat",
        "goats",
        "Goat",
        words(
            "Bluebell, Cinnamon, Duchess, Elfie, Fiddle, Gretel, Heidi, Ingeborg, Juniper, Katinka, Lotte, Mitzi,"
            " Nutmeg, Pernille, Snowdrop"
        ),
        words(
            "ear-tag 014, ear-tag 023, ear-tag 037, ear-tag 045, ear-tag 058, ear-tag 066, ear-tag 079, ear-tag 082, "
            "ear-tag 091, ear-tag 105, ear-tag 117, ear-tag 126, ear-tag 138, ear-tag 144, ear-tag 159"
        ),
        (
            Category("Goat breed", "sort of goat", words("Alpine chamois, Anglo-Nubian, Boer, Saanen, Toggenburg")),
            Category("Pen", "pen", words("barn left, hayloft side, kidding pen, ridge pasture")),
        ),
        (
            Measure("Milk dl", "milk in decilitres a day", 0, 58),
            Measure("Kids born", "number of kids born", 0, 17),
            Measure("Hoof trims", "number of hoof trims", 1, 40),
            Measure("Weight lb", "weight in pounds", 44, 230),
        ),
        Companion(
            words("Sorts of Goat, goat_standards"),
            Category("Horns", "shape of the horns", words("curved back, polled, scimitar, twisted")),
            Measure("Lactation days", "number of lactation days", 180, 335),
        ),
    ),
    Domain(
        words("Greenhouses, glasshouse_log, Greenhouse Climate, Under Glass 2022"),
        "greenhouse",
        "greenhouses",
        "Greenhouse",
        words(
            "Alpinum, Bromeliad, Cactus, Desert Flora, Evergreen, Fernery, Ginger, Hibiscus, Jasminum, Kumquat, Lemon, "
            "Mangrove, Nepenthes, Orchid, Plantain"
        ),
        words(
            "Bell, Conservatory, Frame House, Glass Cube, Hothouse, Igloo, Lean-to, Orangery, Palm House, Polytunnel, "
            "Propagator, Quonset, Stovehouse, Vinery, Winter Garden"
        ),
        (
            Category("Heating", "heating", words("district heat, heat pump, none at all, pellets, propane")),
            Category("Head gardener", "head gardener", words("Fenella, Jock Munro, Nurcan, Piet Oudekerk, Rosalind")),
        ),
        (
            Measure("Panes", "number of panes", 40, 16000),
            Measure("Setpoint C", "temperature setpoint in degrees", 4, 34),
            Measure("Mist cycles", "number of misting cycles a day", 0, 96),
            Measure("Seedlings", "number of seedlings", 0, 8200),
        ),
        Companion(
            words("Heating Systems, heating_bills"),
            Category("Fitter", "heating fitter", words("Caldera GmbH, Hearth & Son, Lämpö, Thermique")),
            Measure("Kwh per day", "energy per day in kilowatt hours", 3, 1900),
        ),
    ),
    Domain(
        words("Windmills, mill_register, Mills of Zeeland, windmills_restored"),
        "windmill",
        "windmills",
        "Windmill",
        words(
            "De Adriaan, De Bonte, De Eendracht, De Gekroonde, De Haas, De Jager, De Koe, De Leeuw, De Lelie, De"
            " Nachtegaal, De Ooievaar, De Roos, De Valk, De Vriendschap, De Zwaan"
        ),
        words(
            "te Aalsmeer, te Breda, te Culemborg, te Deventer, te Edam Noord, te Franeker, te Gorssel, te Heusden, te"
            " Joure, te Kinderdijk, te Leiden, te Meppel, te Nijkerk, te Oisterwijk, te Putten"
        ),
        (
            Category("Mill type", "type of mill", words("drainage, hollow post, smock, tjasker, paltrok saw")),
            Category("Miller", "miller", words("Corneel, Hans-Jurriaan, Jaap Visser, Mw. de Boer, Wim")),
            Category("State", "state of repair", words("dismantled, fully working, ruin, under restoration")),
        ),
        (
            Measure("Sail span cm", "span of the sails in centimetres", 900, 2950),
            Measure("Grinds t", "grain ground in tonnes a year", 0, 310),
            Measure("Erected", "year of erection", 1579, 1911),
        ),
        Companion(
            words("Types of Mill, mill_types"),
            Category("Cap turned by", "way of turning the cap", words("fantail, inside winch, tail pole, whole body")),
            Measure("Left standing", "number left standing", 1, 480),
        ),
    ),
    Domain(
        words("Seeds, seed_bank, Seed Packets, heirloom_seeds_list, Vegetable Seed"),
        "seed variety",
        "seed varieties",
        "Variety",
        words(
            "Aunt Ruby's, Black Krim, Cherokee, Dwarf, Early, Giant, Heirloom, Istrian, Jumbo, Late, Moneymaker, Old"
            " German, Purple Top, Sugar, White Icicle"
        ),
        words(
            "Artichoke, Beetroot, Cabbage, Chard, Cucumber, Endive, Fennel, Kohlrabi, Leek, Marrow, Okra, Parsnip,"
            " Pumpkin, Spinach, Turnip"
        ),
        (
            Category("Sow in", "sowing place", words("cold frame, deep pots, open ground, warm tray")),
            Category("Seed house", "seed house", words("Bingenheim, Franchi, Kokopelli, Thompson's, Vilmorin")),
            Category("Sun", "need for sun", words("any light, dappled, full sun, half shade")),
        ),
        (
            Measure("Days to crop", "number of days until the crop", 24, 210),
            Measure("Germination pct", "germination in percent", 30, 99),
            Measure("Packets left", "number of packets left", 0, 640),
            Measure("Spacing cm", "spacing in centimetres", 2, 120),
        ),
        Companion(
            words("Sowing Places, sowing_places"),
            Category("Sow from", "first sowing month", words("February, late March, mid-May, September")),
            Measure("Cover nights", "number of nights under cover", 0, 60),
        ),
    ),
    Domain(
        words("Fields, field_parcels, Crop Rotation, Field Names 1840, arable_plots"),
        "field",
        "fields",
        "Field",
        words(
            "Barley, Blacksmith's, Clay, Crooked, Dovecote, Far, Goosey, Hither, Kiln, Lammas, Middle Ox, Near, Poor's,"
            " Rye, Stony"
        ),
        words(
            "Acres, Balk, Bottom, Butts, Close, Common, Croft, Dole, Furlong, Glebe, Hams, Leaze, Pightle, Slade, Tye"
        ),
        (
            Category(
                "Crop",
                "crop",
                words("field beans, fodder maize, lucerne, oats, spring barley, sugar beet, winter wheat"),
            ),
            Category("Tenant", "tenant", words("Abernathy, Glebe Trust, Hodge & Co., J. Swinburne, Widow Tapp")),
        ),
        (
            Measure("Hectares x10", "area in tenths of a hectare", 4, 480),
            Measure("Tonnes", "harvest in tonnes", 0, 390),
            Measure("Lime bags", "number of bags of lime", 0, 220),
            Measure("Gates", "number of field gates", 1, 7),
        ),
        Companion(
            words("Crops, crop_prices"),
            Category("Contractor", "contractor", words("Biggs Combines, Lohnunternehmen Graf, Oxley, none needed")),
            Measure("Price per t", "price per tonne", 28, 610),
        ),
    ),
    Domain(
        words("Horses, stable_list, Riding School, horses_at_livery"),
        "horse",
        "horses",
        "Horse",
        words(
            "Ambassador, Bonfire, Calypso, Diamond, Fandango, Gypsy, Hurricane, Jupiter, Minstrel, Paprika,"
            " Quicksilver, Rhapsody, Sultan, Tornado, Wildfire"
        ),
        words("B., Boy, d'Or, de Luxe, Dream, Girl, Lad, Lass, Melody, Prince, Queen, Sky II, Spirit, Z, van Dijk"),
        (
            Category(
                "Horse colour",
                "colour of the horse",
                words("bay, chestnut, dapple grey, palomino, piebald, strawberry roan"),
            ),
            Category("Stable block", "stable block", words("Coach House, Mews Left, Mews Right, Paddock Boxes")),
            Category("Rider", "regular rider", words("Clementine, Faisal, Ottoline, Tjorven, Zeb")),
        ),
        (
            Measure("Hands x10", "height in tenths of a hand", 98, 182),
            Measure("Hay kg", "hay in kilograms a day", 3, 16),
            Measure("Lessons", "number of lessons", 0, 420),
            Measure("Foaled", "year of foaling", 1999, 2020),
        ),
        Companion(
            words("Horse Colours, coat_colours"),
            Category("Gene", "gene", words("cream, extension, grey, tobiano")),
            Measure("Foals", "number of foals", 0, 77),
        ),
    ),
    Domain(
        words("Kilns, All Kilns, kiln_firings, Pottery Kiln, Firings 2023"),
        "kiln",
        "kilns",
        "Kiln",
        words(
            "Anagama, Bizen, Catenary, Downdraught, Fast-fire, Gloria, Hudson River, Minigama, Nabeshima, Olsen,"
            " Phoenix, Raku, Salt, Tongkiln, Updraught"
        ),
        words(
            "Big One, Car, Clamp, Drawer, Front-loader, Hob, Lid, Muffle, Pit, Pot, Sagger, Shuttle B, Test Box,"
            " Top-loader, Trolley"
        ),
        (
            Category("Potter", "potter", words("Akiko H., Bernard-Louis, Edmée, Hamada Jr, Lucie Pries")),
            Category("Glaze", "glaze", words("ash, celadon, oxblood, shino, tenmoku, tin white")),
            Category("Clay body", "clay body", words("earthenware, grogged, porcelain, terracotta")),
        ),
        (
            Measure("Cone temp C", "cone temperature in degrees", 960, 1320),
            Measure("Pots", "number of pots", 1, 260),
            Measure("Cracked", "number of cracked pots", 0, 48),
            Measure("Firing h", "firing time in hours", 3, 96),
        ),
        Companion(
            words("Potters, potters_guild"),
            Category("Stamp", "potter's stamp", words("fish in circle, initials, leaf mark, three dots")),
            Measure("Fairs", "number of fairs attended", 0, 26),
        ),
    ),
    Domain(
        words("Fishponds, carp_ponds, Ponds in November, Pond Harvest"),
        "pond",
        "ponds",
        "Pond",
        words(
            "Abbot's, Beaver, Cloister, Duck, Frog, Hammer, Ice, King's, Lily, Monk's, Otterhole, Reedy, Swan, Toad,"
            " Willow"
        ),
        words(
            "Dug-out, Fry, Holding, Horse, Kettle, Mill, Nursing, Overflow, Rosenberg, Settling, Spawning, Stew, Svět, "
            "Village Green, Wintering"
        ),
        (
            Category(
                "Fish stocked", "kind of fish", words("common carp, grass carp, rainbow trout, sturgeon, tilapia")
            ),
            Category("Sluice", "sluice", words("bottom pipe, monk, none built, sliding board")),
        ),
        (
            Measure("Depth in", "depth in inches", 14, 190),
            Measure("Harvest q", "harvest in quintals", 0, 860),
            Measure("Heron visits", "number of heron visits", 0, 130),
            Measure("Feed sacks", "number of sacks of feed", 2, 520),
        ),
        Companion(
            words("Fish Stocked, stocking_rates"),
            Category("Feed", "feed", words("malt residue, pellets 4 mm, plankton, wheat bran")),
            Measure("Fry per ha", "number of fry per hectare", 200, 30000),
        ),
    ),
)
