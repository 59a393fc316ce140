"""Tables about science: the sky, the ground and what is measured there, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

SCIENCE = (
    Domain(
        words("Comets, comet_orbits, Comet Sightings 1986, Small Bodies"),
        "comet",
        "comets",
        "Designation",
        words(
            "C/1911, C/1927, C/1935, C/1948, C/1953, C/1962, C/1970, C/1975, C/1983, C/1990, C/1996, P/2001, P/2006,"
            " P/2013, P/2018"
        ),
        words("A1, B2, D4, E1, F3, G2, H5, K1, L6, M3, N2, O1, Q4, R2, S7"),
        (
            Category("Discoverer", "discoverer", words("Araki, Bappu, Honda, Kohoutek, McNaught, Shoemaker-Levy")),
            Category("Tail", "kind of tail", words("dusty, forked, ionised, invisible")),
        ),
        (
            Measure("Period yr", "orbital period in years", 3, 4200),
            Measure("Nucleus km", "diameter of the nucleus in kilometres", 1, 74),
            Measure("Inclination", "inclination in degrees", 0, 179),
            Measure("Observations", "number of observations", 12, 7700),
        ),
        Companion(
            words("Discoverers, comet_hunters"),
            Category(
                "Home observatory", "home observatory", words("La Silla, Palomar, Siding Spring, Tautenburg, Xinglong")
            ),
            Measure("Finds", "number of finds", 1, 82),
        ),
    ),
    Domain(
        words("Satellites, satellites_in_orbit, Orbit Catalogue, Cubesats 2020"),
        "satellite",
        "satellites",
        "Satellite",
        words(
            "Aurora, Bepi, Envi, Gravi, Hermes, Hinode, Intel, Kvant, Landsat, Magellan, Oceansat, Proba, Sentinel,"
            " Tandem-X, Vega"
        ),
        words("I, II, III, IV, V, VI, 7B, 8C, 9A, 10-R, Demo, Flight Spare, Nano, Pathfinder, Relay"),
        (
            Category("Orbit", "orbit", words("geostationary, low earth, Molniya, polar sun-synchronous")),
            Category("Launcher", "launcher", words("Ariane 5, Electron, H-IIA, PSLV-C37, Soyuz, Vostochny")),
            Category("Operating agency", "operating agency", words("CNES, DLR, ISRO, JAXA, Roskosmos")),
        ),
        (
            Measure("Launch mass kg", "launch mass in kilograms", 1, 6600),
            Measure("Perigee km", "perigee in kilometres", 190, 35700),
            Measure("Power W", "power in watts", 2, 14000),
            Measure("Launched", "launch year", 1965, 2022),
        ),
        Companion(
            words("orbits, Orbit Types"),
            Category("Typical use", "typical use", words("broadcasting, mapping, spying, weather pictures")),
            Measure("Slots free", "number of free slots", 0, 180),
        ),
    ),
    Domain(
        words("Minerals, mineral_cabinet, Drawer 12, Crystals and Ores"),
        "mineral",
        "minerals",
        "Specimen",
        words(
            "Acicular, Banded, Botryoidal, Clear, Drusy, Earthy, Fibrous, Granular, Iridescent, Massive, Prismatic, "
            "Radiating, Tabular, Twinned, Waxy"
        ),
        words(
            "Azurite, Barite, Calcite, Dolomite, Epidote, Fluorite, Galena, Halite, Jasper, Kyanite, Malachite,"
            " Olivine, Pyrite, Rutile, Tourmaline"
        ),
        (
            Category("Mine", "mine", words("Broken Hill, Cobalt Lode, Huanzala, Kongsberg, Rammelsberg, Tsumeb")),
            Category("Streak", "streak colour", words("brick-dust, colourless, greenish grey, ochre, pale pink")),
        ),
        (
            Measure("Hardness", "hardness times ten", 10, 90),
            Measure("Mass ct", "mass in carats", 3, 9100),
            Measure("Insured value", "insured value in francs", 20, 64000),
        ),
        Companion(
            words("Mines, mine_histories"),
            Category("Mined metal", "mined metal", words("cobalt, lead, silver ore, zinc")),
            Measure("Shaft depth", "depth of the shaft in metres", 80, 1900),
        ),
    ),
    Domain(
        words("Fossils, dig_finds, Excavation 2009, fossil_drawers, Palaeontology"),
        "fossil",
        "fossils",
        "Find",
        words(
            "Ammonite, Brachiopod, Conodont, Crinoid, Fern, Graptolite, Hadrosaur, Ichthyosaur, Mammoth, Nautiloid, "
            "Ostracod, Plesiosaur, Raptor, Sauropod, Trilobite"
        ),
        words(
            "Bone, Claw, Cast, Eggshell, Femur, Footprint, Fragment, Imprint, Jaw, Molar, Rib, Scale Patch, Skull,"
            " Spine, Vertebra"
        ),
        (
            Category("Quarry", "quarry", words("Burgess Step, Hell Creek, Holzmaden, Messel Pit, Solnhofen")),
            Category("Era", "era", words("Cambrian, Cretaceous, Devonian, Jurassic, Permian, Triassic")),
            Category("Preparator", "preparator", words("Dr. Vogt, E. Anning, Ngozi A., Señor Paz")),
        ),
        (
            Measure("Age Ma", "age in millions of years", 2, 540),
            Measure("Size mm", "size in millimetres", 1, 2600),
            Measure("Completeness", "completeness in percent", 3, 100),
        ),
        Companion(
            words("Quarries, quarry_leases"),
            Category("Rock layer", "rock layer", words("black shale, chalk marl, loess, oolite, tuff")),
            Measure("Diggers", "number of diggers", 2, 38),
        ),
    ),
    Domain(
        words("Telescopes, telescope_time, Mirrors, All Telescopes"),
        "telescope",
        "telescopes",
        "Telescope",
        words(
            "Arcturus, Bessel, Cassini, Doppler, Eudoxus, Fraunhofer, Galle, Herschel, Huygens, Kepler, Leavitt,"
            " Messier, Newton, Oort, Payne"
        ),
        words(
            "Refractor, Reflector, Astrograph, Array, Dish, Coronagraph, Interferometer, Finder, Schmidt Camera, "
            "Survey Scope, Dobsonian, Heliostat, Spectrograph, Transit Circle, Zenith Tube"
        ),
        (
            Category("Mountain top", "mountain top", words("Cerro Pachon, Kitt Peak, Mauna Kea, Pic du Midi, Roque")),
            Category("Waveband", "waveband", words("gamma, infrared, microwave, optical, ultraviolet, X-ray")),
        ),
        (
            Measure("Aperture cm", "aperture in centimetres", 8, 1040),
            Measure("Clear nights", "number of clear nights a year", 90, 335),
            Measure("First light", "year of first light", 1888, 2021),
            Measure("Papers", "number of published papers", 0, 5600),
        ),
        Companion(
            words("Mountain Tops, summit_sites"),
            Category("Time zone", "time zone", words("Chile Summer, HST, MST-7, WET")),
            Measure("Humidity pct", "mean humidity in percent", 4, 61),
        ),
    ),
    Domain(
        words("Weather Stations, station_readings, met_stations, Readings March 2015"),
        "weather station",
        "weather stations",
        "Station",
        words(
            "Airfield, Barrage, Customs House, Dyke, Estate, Forester's, Gravel Pit, Hangar, Icehouse, Jetty, Kirkyard,"
            " Lock, Monastery, Observatory, Pylon"
        ),
        words(
            "Alfa, Beeston, Chilbolton, Dovre, Eelde, Fichtel, Gander, Hohenpeiss, Ilomantsi, Jokioinen, Kremsmünster, "
            "Lerwick, Maniitsoq, Neuglobsow, Omsk"
        ),
        (
            Category("Sensor make", "make of the sensor", words("Campbell, Davis Pro, Lufft, Thies Clima, Vaisala")),
            Category("Wind from", "wind direction", words("NNE, ESE, SW by W, variable, westerly")),
            Category("Sky", "state of the sky", words("broken cloud, drizzle, fog patches, overcast, sunny")),
        ),
        (
            Measure("Rainfall mm", "rainfall in millimetres", 0, 312),
            Measure("Gust km h", "strongest gust in kilometres per hour", 4, 188),
            Measure("Pressure hPa", "air pressure in hectopascals", 948, 1046),
            Measure("Snow cm", "snow depth in centimetres", 0, 240),
        ),
        Companion(
            words("Sensor Makes, sensor_service"),
            Category(
                "Service firm", "service firm", words("Barometrix, H. Jonsdottir, Kelvin & Co, Wetterdienst Maier")
            ),
            Measure("Calibrations", "number of calibrations", 1, 52),
        ),
    ),
    Domain(
        words("Expeditions, expedition_diaries, Polar Journeys, Explorers' Club 1925"),
        "expedition",
        "expeditions",
        "Expedition",
        words(
            "Ross, Weddell, Taklamakan, Congo, Greenland, Kalahari, Amazonas, Ellesmere, Gobi, Danakil, Yukon, Altai, "
            "Spitsbergen, Sepik, Rub' al Khali"
        ),
        words(
            "Crossing Party, Relief, Reconnaissance, Sledge Journey, Overland Trek, Botanical Tour, Mapping Voyage,"
            " Caravan, Winterover, Flight Survey, Rescue Mission, Ski Traverse, Balloon Attempt, Canoe Descent, First"
            " Circuit"
        ),
        (
            Category(
                "Leader", "leader", words("Amundsen-Holt, Baroness Elphin, Capt. Mawson, Nansen Jr., Ōtani, Wegener")
            ),
            Category("Outcome", "outcome", words("abandoned, complete, lost at sea, partly successful")),
        ),
        (
            Measure("Party size", "size of the party", 2, 140),
            Measure("Days out", "number of days away", 11, 1060),
            Measure("Sledges", "number of sledges", 0, 34),
            Measure("Budget crowns", "budget in crowns", 900, 385000),
        ),
        Companion(
            words("Leaders, leader_biographies"),
            Category("Patron", "patron", words("Duke of Ghent, Geographic Guild, King Haakon, Tribune daily")),
            Measure("Honours", "number of honours received", 0, 21),
        ),
    ),
    Domain(
        words("Earthquakes, quake_list, Tremor Log, seismic_events_2010"),
        "earthquake",
        "earthquakes",
        "Event",
        words(
            "Ancash, Bhuj, Chi-Chi, Darfield, Erzincan, Friuli, Gansu, Hokkai, Izmit, Kobe, L'Aquila, Manjil,"
            " Northridge, Pisco, Spitak"
        ),
        words(
            "Foreshock, Mainshock, Aftershock 1, Aftershock 2, Swarm, Doublet, Jolt, Rumble, Shaking, Shock, Slip,"
            " Thrust, Tremolo, Upheaval, Vibration"
        ),
        (
            Category("Fault", "fault", words("Alpine Fault, Anatolian, Denali, Nazca margin, San Jacinto")),
            Category("Felt as", "felt intensity", words("barely felt, rattling windows, severe, strong, violent")),
        ),
        (
            Measure("Focal depth", "focal depth in kilometres", 2, 660),
            Measure("Stations used", "number of stations used", 5, 940),
            Measure("Duration sec", "duration in seconds", 3, 290),
        ),
        Companion(
            words("Faults, fault_catalogue"),
            Category("Slip sense", "sense of slip", words("left-lateral, normal, reverse, right-lateral")),
            Measure("Slip rate", "slip rate in millimetres a year", 1, 48),
        ),
    ),
    Domain(
        words("Alloys, alloy_recipes, Foundry Melts, Metals Handbook, melt_batches_B"),
        "alloy",
        "alloys",
        "Alloy",
        words(
            "Alpaca, Bellmetal, Constantan, Duralumin, Electrum, Ferrochrome, Gunmetal, Hastelloy, Invar, Kanthal,"
            " Monel, Nichrome, Pewter, Spelter, Tombac"
        ),
        words(
            "0.4, 2.5, 18-8, 60/40, 6061-T6, AX7, Grade P, Hardened, Ingot, M2, Powder, Spring, Strip, Tempered, Wire"
        ),
        (
            Category("Main metal", "main metal", words("aluminium, copper, magnesium, nickel, tin, titanium")),
            Category("Furnace", "furnace", words("Arc No. 3, crucible, cupola, induction, Vacuum B")),
        ),
        (
            Measure("Melts at", "melting point in degrees", 138, 1660),
            Measure("Tensile MPa", "tensile strength in megapascals", 22, 1950),
            Measure("Price per kg", "price per kilogram", 3, 270),
            Measure("Scrap share", "share of scrap in percent", 0, 85),
        ),
        Companion(
            words("Main Metals, metal_market"),
            Category("Exchange", "exchange", words("COMEX, LME Ring, Shanghai, Zug")),
            Measure("Stockpile t", "stockpile in tonnes", 120, 96000),
        ),
    ),
    Domain(
        words("Soil Samples, soil_cores, Auger Holes 2014, Ground Samples"),
        "sample",
        "samples",
        "Sample no",
        words(
            "Allotment, Bund, Churchyard, Dune, Embankment, Fallow, Gully, Heathland, Isthmus, Knoll, Levee, Meadow, "
            "Nursery, Paddock, Quagmire"
        ),
        words("P-01, P-04, P-08, P-11, P-15, P-22, P-26, P-30, P-37, P-41, P-49, P-53, P-60, P-66, P-72"),
        (
            Category("Texture", "texture", words("clayey, gravelly, loamy, sandy silt, stony")),
            Category("Sampled by", "sampler", words("Fatoumata, Giedrė, Henk v.d. Berg, Nuno, Siobhan")),
            Category("Horizon code", "horizon code", words("Ah, Bt, Cg, E-1, Oi")),
        ),
        (
            Measure("Acidity", "acidity in tenths of pH", 34, 88),
            Measure("Humus g", "humus in grams", 1, 96),
            Measure("Earthworms", "number of earthworms", 0, 57),
            Measure("Drilled to cm", "drilling depth in centimetres", 10, 340),
        ),
        Companion(
            words("Textures, texture_key"),
            Category("Drains", "drainage", words("at once, moderately, poorly, slowly")),
            Measure("Plough days", "number of plough days a year", 8, 160),
        ),
    ),
)
