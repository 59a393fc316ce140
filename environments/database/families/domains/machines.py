"""Tables about machines and what they are used for, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

MACHINES = (
    Domain(
        words("Tractors, tractor_pool, Used Tractors, Farm Machinery 2016"),
        "tractor",
        "tractors",
        "Tractor",
        words(
            "Allgaier, Belarus, Claas, Deutz, Eicher, Fendt, Güldner, Hürlimann, Kubota, Lanz, Massey, Nuffield,"
            " Pasquali, Steyr, Zetor"
        ),
        words(
            "211, 35X, 4wd, Agrotron, Bulldog, Cargo, Crawler, D-40, Farmliner, Hopmaster, Orchard S, Rowcrop,"
            " Row-Trac, Super 55, Vario"
        ),
        (
            Category("Dealer", "dealer", words("Agri-Nord, Bauer Landtechnik, Maquinaria Soto, Trekker Huis")),
            Category("Gearbox", "gearbox", words("crawler 12-speed, hydrostatic, powershift, synchro, stepless")),
        ),
        (
            Measure("Engine hours", "number of engine hours", 40, 17800),
            Measure("PTO hp", "power of the take-off shaft in horsepower", 14, 360),
            Measure("Asking price", "asking price in euros", 1900, 184000),
            Measure("Tyre bar x10", "tyre pressure in tenths of a bar", 8, 32),
        ),
        Companion(
            words("Dealers, dealer_network"),
            Category("Salesman", "salesman", words("Aurelio, Hinnerk, Joost de Wit, Sven-Åke")),
            Measure("Repair bays", "number of repair bays", 1, 14),
        ),
    ),
    Domain(
        words("Locomotives, engine_shed, Roster 1938, Steam Engines, locomotive_fleet"),
        "locomotive",
        "locomotives",
        "Locomotive",
        words(
            "Atlantic, Baltic Tank, Consolidation, Decapod, Einheits, Fairlie, Garratt, Hudson, Mallet, Mikado, Mogul, "
            "Pacific, Pannier, Saddle, Zephyr"
        ),
        words("012, 044, 1104, 141R, 23-105, 2709, 38 1182, 4468, 52.80, 60103, 6233, 765, 7819, 844, 99 6001"),
        (
            Category("Shed", "shed", words("Camden 1B, Haymarket, Noisy-le-Sec, Speicherstadt, Tyseley")),
            Category("Livery", "livery", words("apple green, blood and custard, maroon, unlined black, wine-red")),
            Category("Fuel", "fuel", words("anthracite, bituminous coal, diesel, peat, wood chips")),
        ),
        (
            Measure("Boiler psi", "boiler pressure in pounds", 120, 300),
            Measure("Axles", "number of axles", 2, 12),
            Measure("Tractive kN", "tractive effort in kilonewtons", 40, 610),
            Measure("Withdrawn", "year of withdrawal", 1923, 1988),
        ),
        Companion(
            words("Sheds, shed_allocation"),
            Category("Shedmaster", "shedmaster", words("Alf Perkins, Fritz Ohm, Gaston, Ned Tolliver")),
            Measure("Roads", "number of roads", 2, 24),
        ),
    ),
    Domain(
        words("Lathes, shop_floor, Machine Tools, lathes_hall_B"),
        "machine tool",
        "machine tools",
        "Machine",
        words(
            "Boring, Broaching, Centre, Copying, Drilling, Engraving, Facing, Gear-hobbing, Honing, Milling, Planing, "
            "Shaping, Slotting, Tapping, Turning"
        ),
        words(
            "Apollo, Boxford, Colchester, Dugard, Emco, Fanuc, Haas, Index, Klopp, Maho, Okuma, Proxxon, Schaublin,"
            " Tos, Wabeco"
        ),
        (
            Category("Hall", "hall", words("Annexe C, Hall 1, Old Smithy, Tool Room")),
            Category("Controller", "controller", words("Heidenhain 426, LinuxCNC, manual, Sinumerik 840D")),
        ),
        (
            Measure("Swing mm", "swing in millimetres", 90, 1200),
            Measure("Max rpm", "highest number of revolutions per minute", 400, 24000),
            Measure("Oil change d", "number of days since the last oil change", 0, 720),
            Measure("Scrapped parts", "number of scrapped parts", 0, 95),
        ),
        Companion(
            words("Halls, hall_plan"),
            Category("Shift lead", "shift leader", words("Dilek, Ferdinand, K. Obuya, Marguerite")),
            Measure("Sockets", "number of sockets", 6, 140),
        ),
    ),
    Domain(
        words("Turbines, wind_farm, Turbine Output, Turbines North Sea"),
        "turbine",
        "turbines",
        "Turbine",
        words(
            "Alpha Ventus, Borssele, Crossdykes, Dogger, Egmond, Fosen, Gode, Hornsea, Kriegers, Lillgrund, Moray,"
            " Nysted, Ormonde, Rødsand, Thanet"
        ),
        words(
            "WT-01, WT-02, WT-05, WT-09, WT-13, WT-16, WT-20, WT-24, WT-27, WT-31, WT-34, WT-40, WT-44, WT-48, WT-55"
        ),
        (
            Category(
                "Turbine maker", "maker of the turbine", words("Enercon, Goldwind, Nordex, Senvion, Siemens-Gamesa")
            ),
            Category("Fault code", "fault code", words("E-000, E-117, E-204, G-33, P-9")),
            Category("Foundation", "foundation", words("floating, gravity base, jacket, monopile")),
        ),
        (
            Measure("Rotor m", "rotor diameter in metres", 44, 236),
            Measure("MWh per month", "output in megawatt hours a month", 0, 7400),
            Measure("Downtime h", "downtime in hours", 0, 310),
        ),
        Companion(
            words("Turbine Makers, turbine_contracts"),
            Category("Service port", "service port", words("Cuxhaven, Esbjerg, Grimsby, IJmuiden, Ostend")),
            Measure("Technicians", "number of technicians", 4, 260),
        ),
    ),
    Domain(
        words("Pumps, pump_stations, Waterworks 1999, Pump Inspection"),
        "pump",
        "pumps",
        "Pump",
        words(
            "Booster, Bilge, Cooling, Drainage, Effluent, Fire, Hot Well, Irrigation, Jockey, Lift, Metering, Priming, "
            "Sewage, Standby, Vacuum"
        ),
        words(
            "Unit 1, Unit 2, Unit 3, Unit 4, Unit 6, Unit 7, Unit 8, Unit 11, Unit 14, Unit 15, Unit 18, Unit 21, Unit"
            " 25, Unit 28, Unit 30"
        ),
        (
            Category("Works", "waterworks", words("Abbotsley, Copper Beech, Mühlenau, Ryburn Top, Zaandijk")),
            Category("Drive", "drive", words("belt, electric 400 V, hand crank, solar, wind")),
            Category("Impeller", "impeller", words("closed, semi-open, screw-type, vortex")),
        ),
        (
            Measure("Litres per min", "delivery in litres per minute", 12, 46000),
            Measure("Head m", "delivery head in metres", 2, 410),
            Measure("Vibration um", "vibration in micrometres", 3, 190),
            Measure("Overhauls", "number of overhauls", 0, 22),
        ),
        Companion(
            words("Waterworks, works_addresses"),
            Category(
                "Engineer in charge", "engineer in charge", words("Ir. Kuipers, Mrs Thackeray, Rolf Stumm, Vikram")
            ),
            Measure("Reservoir ML", "content of the reservoir in megalitres", 3, 5200),
        ),
    ),
    Domain(
        words("Robots, robot_cells, Robotics Lab, welding_robots_line_2"),
        "robot",
        "robots",
        "Robot",
        words(
            "Adept, Baxterbot, Cobot, Delta-arm, Explorer, Gripper, Hexapod, Inspector, Janitor, Kawa, Lugger, Mapper,"
            " Nimbo, Omni, Picker"
        ),
        words("Ajax, Blip, Chip, Dot, Echo Two, Fritz, Gizmo, Hal, Iris-9, Jinx, Kit, Loki, Mo, Nuts, Ozzie"),
        (
            Category("Cell", "cell", words("final assembly, glue line, paint booth, spot-weld 2, test rig")),
            Category("Programmer", "programmer", words("Ayaka, Bogdan, Ceren, Ewan McPhee, Xiu")),
            Category("Firmware", "firmware version", words("2.1-beta, 3.0.4, 3.2, 4.0-rc1")),
        ),
        (
            Measure("Payload kg", "payload in kilograms", 1, 480),
            Measure("Cycle ms", "cycle time in milliseconds", 350, 9800),
            Measure("Collisions", "number of collisions", 0, 31),
            Measure("Uptime pct", "uptime in percent", 40, 100),
        ),
        Companion(
            words("Cells, cell_safety"),
            Category("Guard", "guard", words("area scanner, fence, light curtain, soft skin")),
            Measure("Emergency stops", "number of emergency stops", 0, 64),
        ),
    ),
    Domain(
        words("Lifts, lift_register, Elevators, Lift Inspections 2021"),
        "lift",
        "lifts",
        "Lift",
        words(
            "Atrium, Balcony, Cargo Side, Courtyard, Drum, East Core, Foyer, Goods, Kitchen, Mezzanine, North Core, "
            "Panorama, Rotary, Theatre, West Core"
        ),
        words(
            "Hoist, Paternoster, Cabin 1, Cabin 2, Cabin 3, Car No. 1, Car No. 2, Car No. 3, Duplex, Express Car,"
            " Lowrise, Shuttle, Sky, Stairlift, Twin"
        ),
        (
            Category("Lift make", "make of the lift", words("Fujitec, Kone, Otis, Schindler, Thyssen")),
            Category("Certificate", "state of the certificate", words("expired, pending, renewed, suspended")),
        ),
        (
            Measure("Floors served", "number of floors served", 2, 71),
            Measure("Load persons", "number of persons it may carry", 2, 40),
            Measure("Trips a day", "number of trips a day", 5, 2600),
            Measure("Modernised", "year of the modernisation", 1979, 2023),
        ),
        Companion(
            words("Lift Makes, service_contracts"),
            Category("Hotline", "hotline", words("day and night, office hours, only weekdays, via reception")),
            Measure("Response min", "response time in minutes", 15, 480),
        ),
    ),
    Domain(
        words("Printers, printer_fleet, Print Shop, office_printers_3"),
        "printer",
        "printers",
        "Printer",
        words(
            "Ground-floor, Second-floor, Top-floor, Archive Hall, Canteen, Design, Front Desk, HR, IT Lab, Mailroom, "
            "Plotting, Press, Sales, Showroom, Studio B"
        ),
        words(
            "Brother, Canon, Dymo, Epson, Fuji, Gestetner, Heidelberg, Kyocera, Lexmark, Minolta, Oki, Ricoh, Sharp,"
            " Toshiba, Xerox"
        ),
        (
            Category("Technology", "technology", words("dot-matrix, inkjet, laser, offset, risograph, thermal")),
            Category("Paper tray", "paper tray", words("A3 only, A4, envelopes, letterhead")),
        ),
        (
            Measure("Pages printed", "number of pages printed", 20, 870000),
            Measure("Toner pct", "toner left in percent", 0, 100),
            Measure("Paper jams", "number of paper jams", 0, 76),
            Measure("Pages per min", "speed in pages per minute", 2, 130),
        ),
        Companion(
            words("Technologies, print_technologies"),
            Category("Supplies from", "source of the supplies", words("Büro-Express, Inkwell Ltd, Papyrus AB, Viking")),
            Measure("Cartridge cost", "cost of a cartridge", 9, 260),
        ),
    ),
    Domain(
        words("Balloons, hot_air_balloons, Balloon Fiesta 2018, balloon_logbook"),
        "balloon",
        "balloons",
        "Registration",
        words("D-O, F-H, G-B, G-C, HB-Q, I-Z, LN-C, N-4, OE-Z, OH-L, OO-B, PH-K, SE-Z, VH-N, ZK-F"),
        words("ABLE, BURN, CLUD, DRFT, EASY, FLOT, GUST, HELI, JOYS, LOFT, MIST, PUFF, RISE, SOAR, WAFT"),
        (
            Category("Pilot", "pilot", words("Annelies, Bertrand P., Cordula Vane, Julian N., Kwabena")),
            Category(
                "Envelope", "shape of the envelope", words("bee, bottle-shaped, classic teardrop, racer, piggy bank")
            ),
            Category("Basket", "basket", words("double-T, open wicker, partitioned, wheelchair")),
        ),
        (
            Measure("Volume m3", "volume in cubic metres", 600, 17000),
            Measure("Propane kg", "propane in kilograms", 20, 310),
            Measure("Drift km", "drift in kilometres", 1, 180),
            Measure("Landing score", "landing score", 0, 1000),
        ),
        Companion(
            words("Pilots, pilot_licences"),
            Category("Licence class", "licence class", words("commercial, gas only, private, student solo")),
            Measure("Flights logged", "number of flights logged", 6, 2400),
        ),
    ),
    Domain(
        words("Bicycles, bike_hire, Bike Racks, rental_bikes_east"),
        "bicycle",
        "bicycles",
        "Bike",
        words(
            "Bianchi, Cannondale, Dahon, Electra, Gazelle, Giant Peak, Hercules, Kalkhoff, Merida, Orbea, Pashley,"
            " Raleigh, Surly, Trek Hill, Yuba"
        ),
        words(
            "Allroad, BMX, Cruiser, Downhill, Errand, Folder, Gravel, Hybrid 21, Kids 20, Longtail, Pedelec, Roadster, "
            "Singlespeed, Tandem Duo, Tourer"
        ),
        (
            Category(
                "Rental point", "rental point", words("Central Pier, Hbf West, Plaça Reial, Signal Box, Vondel Gate")
            ),
            Category("Brakes", "kind of brakes", words("back-pedal, hydraulic disc, rim, roller")),
            Category("Frame", "frame size", words("L, M-long, S, XS")),
        ),
        (
            Measure("Gears", "number of gears", 1, 30),
            Measure("Hires", "number of hires", 0, 940),
            Measure("Deposit", "deposit", 10, 400),
            Measure("Punctures", "number of punctures", 0, 19),
        ),
        Companion(
            words("Rental Points, hire_points"),
            Category("Mechanic", "mechanic", words("Bram, Concha, Otto B., Yelena")),
            Measure("Racks", "number of racks", 4, 90),
        ),
    ),
)
