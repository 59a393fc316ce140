"""Tables about arts, buildings and the stage, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

ARTS = (
    Domain(
        words("Paintings, gallery_hang, Oils and Pastels, paintings_on_loan, Picture Store"),
        "painting",
        "paintings",
        "Title",
        words(
            "Boy with, Fishwife with, Girl with, Interior with, Lady with, Landscape with, Monk with, Nude with, "
            "Peasants with, Saint with, Self-portrait with, Still Life with, Two Men with, Virgin with, Woman with"
        ),
        words(
            "Cherries, Dead Hare, Ermine, Goldfish, Hourglass, Lobster, Mandolin, Oranges, Parrot, Pomegranate, Red"
            " Hat, Sunflowers, Unicorn, Violin, a Letter"
        ),
        (
            Category(
                "Painter",
                "painter",
                words("Artemisia G., Brueghel the Elder, Hammershøi, Kauffmann, Sánchez Cotán, Tintoretto"),
            ),
            Category("Medium", "medium", words("egg tempera, fresco, gouache, ink wash, pastel, watercolour")),
            Category("Hangs in", "hanging place", words("Blue Salon, conservation, Long Gallery, Octagon, touring")),
        ),
        (
            Measure("Height cm", "height in centimetres", 9, 420),
            Measure("Insurance k", "insured sum in thousands", 2, 98000),
            Measure("Painted", "year of painting", 1432, 1926),
        ),
        Companion(
            words("Painters, painters_dictionary"),
            Category("School", "school", words("Danish Golden Age, Flemish, Sienese, Spanish Baroque")),
            Measure("Known works", "number of known works", 4, 610),
        ),
    ),
    Domain(
        words("Statues, monument_list, Public Sculpture 1900, statues_and_busts"),
        "statue",
        "statues",
        "Statue",
        words(
            "Apollo, Bacchus, Cupid, Diana, Europa, Flora Bronze, Ganymede, Hercules, Icarus, Juno, Laocoön, Mercury, "
            "Neptune, Pandora, Venus"
        ),
        words(
            "Asleep, Ascending, at Rest, Bathing, Bound, Crowned, Dancing, in Armour, Kneeling, on Horseback, Reading, "
            "Seated, Triumphant, Unmasked, Wounded"
        ),
        (
            Category("Sculptor", "sculptor", words("Bourdelle, Camille C., Thorvaldsen, Vigeland, Zadkine")),
            Category("Carved from", "substance", words("bronze, Carrara marble, cast iron, gilded lead, sandstone")),
            Category("Square", "square", words("Bebelplatz, Campo Sofia, Jubilee Gardens, Place Stanislas")),
        ),
        (
            Measure("Plinth cm", "height of the plinth in centimetres", 0, 460),
            Measure("Unveiled", "year of unveiling", 1709, 2011),
            Measure("Cleanings", "number of cleanings", 0, 57),
        ),
        Companion(
            words("Sculptors, sculptor_archive"),
            Category("Trained under", "teacher", words("Canova's pupil, Rodin, self-taught, Stampe")),
            Measure("Commissions", "number of commissions", 3, 175),
        ),
    ),
    Domain(
        words("Operas, opera_season, Repertoire 26/27, stage_works"),
        "opera",
        "operas",
        "Opera",
        words(
            "Der fliegende, Die heimliche, Il barbiere, Il trionfo, L'elisir, L'infedeltà, La dame, La fille, La"
            " rondine, Le roi, Les pêcheurs, Orfeo, The Bartered, The Cunning, Una cosa"
        ),
        words(
            "Alcina, Armide, Clorinda, d'amore, de Perth, delusa, di Siviglia, Ehe, Euridice, Fidalma, Holländer,"
            " Jenůfa, malgré lui, rara, Vixen"
        ),
        (
            Category("Composer", "composer", words("Cimarosa, Donizetti, Gluck, Janáček, Monteverdi, Rameau")),
            Category("Sung in", "sung language", words("Czech, Finnish, Georgian, German, Russian")),
            Category("Auditorium", "auditorium", words("Chamber Stage, Grand House, Kammerspiele, Teatro Piccolo")),
        ),
        (
            Measure("Acts and scenes", "number of acts and scenes", 2, 24),
            Measure("Premiere", "year of the premiere", 1607, 1951),
            Measure("Chorus", "size of the chorus", 0, 110),
            Measure("Top seat", "price of the dearest seat", 30, 390),
        ),
        Companion(
            words("Composers, composer_facts"),
            Category("Buried in", "burial place", words("Bergamo, Brno Central, Pere Lachaise, San Michele")),
            Measure("Operas written", "number of operas written", 2, 75),
        ),
    ),
    Domain(
        words("Castles, castle_tour, Burgen, Castles of Wales, hill_forts_and_castles"),
        "castle",
        "castles",
        "Castle",
        words(
            "Aberdaron, Beaumaris, Caernarfon, Drachenfels, Egeskov, Falkenstein, Gravensteen, Hohenzoll, Ischia,"
            " Karlstein, Loarre, Marienburg, Neideck, Orava, Predjama"
        ),
        words(
            "Bailey, Barbican, Bastion, Battlement, Citadel, Donjon, Dungeon, Fortress, Gatehouse, Keep, Moat, Motte,"
            " Palas, Rampart, Turret"
        ),
        (
            Category(
                "Style of building", "building style", words("Crusader, Gothic Revival, Moorish, Norman, Romanesque")
            ),
            Category(
                "Held by", "holder", words("a foundation, Baron Rothenfels, Landmark Trust, municipality, Prince Xaver")
            ),
        ),
        (
            Measure("Rooms open", "number of open rooms", 1, 96),
            Measure("Wall cm", "thickness of the wall in centimetres", 60, 520),
            Measure("Sieges", "number of sieges", 0, 19),
            Measure("Entry fee", "entry fee", 0, 32),
        ),
        Companion(
            words("Building Styles, style_guide"),
            Category("Typical arch", "typical form of arch", words("horseshoe, lancet, ogee, semicircular")),
            Measure("Century", "century", 9, 19),
        ),
    ),
    Domain(
        words("Fonts, font_library, Typefaces, type_specimens_1957"),
        "font",
        "fonts",
        "Font",
        words(
            "Akzidenz, Baskerville, Bembo, Caslon, Clarendon, Didot, Eurostile, Frutiger, Garamond, Helvetica, Jenson, "
            "Optima Nova, Palatino, Rockwell, Univers"
        ),
        words(
            "Black, Book, Caps, Condensed, Display, Expert, Heavy, Inline, Italic No. 2, Light, Medium, Outline, Roman,"
            " Semibold, Thin"
        ),
        (
            Category("Foundry", "foundry", words("Berthold, Deberny & Peignot, Linotype, Stempel, URW++")),
            Category(
                "Classification",
                "classification",
                words("blackletter, Didone, grotesque, humanist, script, slab serif"),
            ),
            Category("Licence", "licence", words("desktop, OFL, site-wide, web only")),
        ),
        (
            Measure("Glyphs", "number of glyphs", 96, 3600),
            Measure("Kerning pairs", "number of kerning pairs", 0, 9900),
            Measure("Seats licensed", "number of licensed seats", 1, 250),
        ),
        Companion(
            words("Foundries, type_foundries"),
            Category("Punchcutter", "punchcutter", words("E. Prince, Jannon, Rosart, Weiß-Kapp")),
            Measure("Typefaces cut", "number of typefaces cut", 5, 900),
        ),
    ),
    Domain(
        words("Radio Stations, frequencies, Radio FM Band, dial_positions"),
        "radio station",
        "radio stations",
        "Call sign",
        words(
            "Antenne, Bayou, Canal, Drivetime, Echo FM, Frequenz, Globe, Hitz, Inter, Jam, Kanal, Lyric, Nova, Oldies,"
            " Pirate Radio"
        ),
        words("1, 3, 5 Live, 88, 91.3, 94, 96.7, 98, 99.9, 101, 103.4, 104, 106.5, 107, 108"),
        (
            Category(
                "Format",
                "format",
                words("classical, country and western, easy listening, hip-hop, news talk, schlager"),
            ),
            Category("Transmitter", "transmitter", words("Brocken, Crystal Palace, Feldberg, Hörby, Wrotham")),
            Category(
                "Breakfast host",
                "host of the breakfast show",
                words("Boomer, DJ Ayşe, Lena & Moritz, Morning Mandy, Sir Tobias"),
            ),
        ),
        (
            Measure("ERP kW", "radiated power in kilowatts", 1, 320),
            Measure("Listeners k", "number of listeners in thousands", 2, 2900),
            Measure("Ad slots", "number of advertising slots an hour", 0, 18),
        ),
        Companion(
            words("Formats, format_clock"),
            Category("Jingle", "jingle", words("a cappella, brass stab, none used, synth sweep")),
            Measure("Songs an hour", "number of songs an hour", 0, 17),
        ),
    ),
    Domain(
        words("Tunnels, tunnel_safety, Alpine Tunnels, tunnels_opened_since_1870"),
        "tunnel",
        "tunnels",
        "Tunnel",
        words(
            "Arlberg, Brenner, Cenis, Dartford, Eiksund, Fréjus, Gotthard, Hoosac, Kaimai, Lærdal, Merseyside, Øresund,"
            " Rokko, Semmering, Tauern"
        ),
        words(
            "Base, Bored Tube, Bypass, Cut-and-cover, Eastbound, Freight, High-level, Immersed, Northbound, Pilot Bore,"
            " Road, Service Tube, Southbound, Spiral, Westbound"
        ),
        (
            Category("Tunnel operator", "tunnel operator", words("ASFINAG, Eurolink, Jernbaneverket, Via Alpina AG")),
            Category("Ventilation", "ventilation", words("jet fans, longitudinal, shafts, transverse")),
        ),
        (
            Measure("Length yd", "length in yards", 300, 62000),
            Measure("Lorries a day", "number of lorries a day", 0, 9400),
            Measure("Exits", "number of emergency exits", 0, 180),
            Measure("Breakthrough", "year of breakthrough", 1868, 2016),
        ),
        Companion(
            words("Tunnel Operators, operators_of_tunnels"),
            Category("Control room", "control room", words("Airolo, Göschenen, Sargans, St. Anton")),
            Measure("Cameras", "number of cameras", 6, 1400),
        ),
    ),
    Domain(
        words("Clocks, clockmaker_ledger, Antique Clocks, clocks_in_repair"),
        "clock",
        "clocks",
        "Clock",
        words(
            "Bracket, Carriage, Cuckoo, Drop-dial, Eight-day, French, Grandfather, Half-hour, Lantern-style, Mantel"
            " Slate, Musical, Postman's, Regulator, Skeleton, Vienna"
        ),
        words(
            "Alarm, Barometer, Bellringer, Calendar, Chimer, Chronometer, Escapement, Longcase, Metronome, Orrery,"
            " Pendulum, Repeater, Striker, Timepiece, Wallhanger"
        ),
        (
            Category(
                "Clockmaker", "clockmaker", words("Breguet et Cie, Graham of London, Junghans, Tompion, Winterhalder")
            ),
            Category("Movement", "movement", words("anchor, fusee, spring-driven, two-train, weight-driven")),
            Category("Repair step", "repair step", words("awaiting parts, cleaned, ready, regulated, untouched")),
        ),
        (
            Measure("Jewels", "number of jewels", 0, 31),
            Measure("Loses s", "number of seconds lost in a day", 0, 240),
            Measure("Quote", "quoted repair price", 25, 1800),
            Measure("Dial cm", "dial width in centimetres", 4, 62),
        ),
        Companion(
            words("Clockmakers, clockmakers_book"),
            Category("Apprenticed in", "place of apprenticeship", words("Besançon, Clerkenwell, Furtwangen, Le Locle")),
            Measure("Signed pieces", "number of signed pieces", 2, 740),
        ),
    ),
    Domain(
        words("Poems, anthology_2, Poetry Reader, poems_learnt_by_heart"),
        "poem",
        "poems",
        "Poem",
        words(
            "Ballad of, Elegy for, Epistle to, Fragment on, Hymn to, In Praise of, Lament for, Lines on, Lullaby for, "
            "Meditation on, Notes toward, Ode to, Sonnet for, Thoughts about, Verses upon"
        ),
        words(
            "a Blackbird, a Drowned Sailor, Autumn, Forgetting, Gravity, Insomnia, Jealousy, My Grandmother, Nothing,"
            " Rust, Snow, Solitude, the Ferryman, the Sparrow, Tobacco"
        ),
        (
            Category("Poet", "poet", words("Akhmadulina, Bashō II, Cavafis, Edith Södergran, Szymborska B., Tagore")),
            Category("Metre", "metre", words("alexandrine, blank verse, free verse, hexameter, syllabic")),
            Category("Mood", "mood", words("elegiac, ironic, playful, tender")),
        ),
        (
            Measure("Stanzas", "number of stanzas", 1, 74),
            Measure("Lines", "number of lines", 3, 690),
            Measure("Readings", "number of public readings", 0, 145),
        ),
        Companion(
            words("Poets, poets_corner"),
            Category("Pen name", "pen name", words("Anon., Lark, Nightjar, Old Ink")),
            Measure("Collections", "number of collections", 1, 29),
        ),
    ),
    Domain(
        words("Theatre Props, prop_store, Props Act III, costume_and_props, Properties"),
        "prop",
        "props",
        "Prop",
        words(
            "Battered, Bloodstained, Collapsible, Dented, Fake, Feathered, Gilded, Hinged, Inflatable, Jewelled,"
            " Oversized, Painted Wood, Rubber, Tattered, Wobbly"
        ),
        words(
            "Briefcase, Bust, Cane, Dagger, Fan-shell, Goblet, Guillotine, Mask, Musket, Parchment, Parasol B, Sceptre,"
            " Telephone, Throne, Wheelbarrow"
        ),
        (
            Category("Play", "play", words("Cyrano, Hedda Gabler, Peer Gynt, The Rivals, Uncle Vanya, Volpone")),
            Category("Kept in", "storage place", words("crate 14, green trunk, prompt side, rail 3, under-stage")),
            Category("Responsible", "person responsible", words("Arjun, Bronagh, Lasse Holm, Miss Tibbs")),
        ),
        (
            Measure("Worth", "worth in euros", 1, 940),
            Measure("Repairs", "number of repairs", 0, 28),
            Measure("Scenes", "number of scenes", 1, 13),
            Measure("Last used", "year of the last use", 1987, 2024),
        ),
        Companion(
            words("Plays, play_rights"),
            Category("Rights agency", "rights agency", words("Felix Bloch, Nick Hern, out of copyright, Suhrkamp")),
            Measure("Cast", "size of the cast", 2, 52),
        ),
    ),
)
