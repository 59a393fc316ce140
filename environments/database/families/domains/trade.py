"""Tables about trade: what is sent, stored, sold and collected, for training."""

from __future__ import annotations

from environments.database.families.domain import Category, Companion, Domain, Measure, words

TRADE = (
    Domain(
        words("Parcels, parcel_tracking, Post Office Parcels, undelivered, Shipments W23"),
        "parcel",
        "parcels",
        "Tracking no",
        words("AA, CE, DH, EX, GL, HU, IT, JN, LV, MK, PL, RR, SE, TN, XB"),
        words(
            "300117, 300482, 301093, 301776, 302208, 303914, 304451, 305069, 306237, 307740, 308325, 309612, 310088,"
            " 311593, 312746"
        ),
        (
            Category("Depot", "depot", words("Alnwick, Bielefeld 2, Ciudad Real, Drammen, Eskilstuna, Székesfehérvár")),
            Category(
                "Parcel status",
                "status",
                words("at customs, awaiting pick-up, in the van, out for delivery, returned to sender"),
            ),
            Category("Service", "service", words("Economy, Next Day, Registered, Same-Day Plus")),
        ),
        (
            Measure("Weight dag", "weight in decagrams", 4, 3100),
            Measure("Postage cents", "postage in cents", 190, 8800),
            Measure("Stops made", "number of stops made", 0, 14),
            Measure("Declared value", "declared value", 0, 2500),
        ),
        Companion(
            words("Depots, depot_directory"),
            Category("Depot manager", "depot manager", words("A. Sjöström, Erzsi Nagy, Pilar Ortuño, Q. Farrell")),
            Measure("Vans", "number of vans", 3, 88),
        ),
    ),
    Domain(
        words("Warehouses, storage_sites, Warehouse, Bonded Stores, depots_and_sheds"),
        "warehouse",
        "warehouses",
        "Warehouse",
        words(
            "Albert, Baltic, Canning, Duke's Quay, Emporium, Free Port, Granary, Hanseatic, Ivory, Junction, Kowloon, "
            "Limehouse, Muscat, Navigation, Omega"
        ),
        words(
            "Shed, Silo, Depository, Loft, Store 1-N, Store 2-S, Store 3-E, Vaults, Yard, Terminal, Bay 5, Hub South, "
            "Cross-dock, Reserve, Block 9"
        ),
        (
            Category("Goods", "kind of goods", words("cocoa, cotton bales, electronics, frozen peas, spices, tyres")),
            Category("Security firm", "security firm", words("Argus, Bolt & Bar, Night Owl, Securitas Nova")),
        ),
        (
            Measure("Pallets", "number of pallets", 40, 38000),
            Measure("Docks", "number of loading docks", 1, 64),
            Measure("Rent EUR", "monthly rent in euros", 850, 98000),
            Measure("Forklifts", "number of forklifts", 0, 45),
        ),
        Companion(
            words("Goods, goods_classes"),
            Category(
                "Storage rule", "storage rule", words("away from light, below 8 degrees, no stacking, ventilated")
            ),
            Measure("Days stored", "typical number of days stored", 3, 410),
        ),
    ),
    Domain(
        words("Coins, coin_album, Numismatics, Rare Coins 1850, coin_tray_4"),
        "coin",
        "coins",
        "Coin",
        words(
            "Athenian, Bavarian, Byzantine, Carthaginian, Florentine, Genoese, Hungarian, Maltese, Ottoman, Papal,"
            " Prussian, Saxon, Sicilian, Tudor, Venetian"
        ),
        words(
            "Crown Piece, Denarius, Doubloon, Drachm, Ducat, Farthing, Florin, Groat, Guilder, Obol, Penny, Shilling, "
            "Solidus, Stater, Thaler"
        ),
        (
            Category("Mint mark", "mint mark", words("A-star, cross moline, D, KB, trident")),
            Category("Grade", "grade", words("almost fine, brilliant, fine, mint state, very fine, worn")),
        ),
        (
            Measure("Struck in", "year of striking", 1210, 1899),
            Measure("Diameter mm", "diameter in millimetres", 9, 46),
            Measure("Catalogue price", "catalogue price", 4, 28500),
        ),
        Companion(
            words("Mint Marks, mints"),
            Category("Mint city", "city of the mint", words("Augsburg, Körmöcbánya, Nuremberg, Potosi, Visby")),
            Measure("Moneyers", "number of moneyers", 1, 17),
        ),
    ),
    Domain(
        words("Stamps, stamp_sheets, Philately, Album Two, Stamps of 1937"),
        "stamp",
        "stamps",
        "Issue",
        words(
            "Airmail, Centenary, Charity, Coronation, Definitive, Express Fee, Harvest Festival, Jubilee, Landmark, "
            "Liberation, Olympic, Postage Due, Provisional, Red Cross, Wildlife"
        ),
        words(
            "Bantam, Block, Booklet, Coil, Cylinder, Error, Gutter Pair, Imperforate, Miniature, Overprint, Plate"
            " Proof, Se-tenant, Souvenir, Strip of Five, Watermark"
        ),
        (
            Category("Issued by", "issuing country", words("Åland, Bhutan, Helvetia, Magyarország, San Marino, Tonga")),
            Category("Print method", "printing method", words("engraved, lithographed, photogravure, typographed")),
            Category("Gum", "gum", words("cracked, full original, hinged, none left")),
        ),
        (
            Measure("Face value", "face value", 1, 500),
            Measure("Perforation", "perforation times ten", 90, 160),
            Measure("Print run k", "print run in thousands", 5, 64000),
        ),
        Companion(
            words("Issuing Countries, postal_unions"),
            Category("Currency", "currency", words("franc, forint, ngultrum, pa'anga, lira")),
            Measure("Joined UPU", "year of joining the postal union", 1874, 1969),
        ),
    ),
    Domain(
        words("Auction Lots, lots_spring_sale, Sale 4417, Hammer Prices"),
        "lot",
        "lots",
        "Lot",
        words(
            "Art Deco, Baroque, Biedermeier, Chinese, Edwardian, Empire, Georgian, Gothic, Gustavian, Japanned, Louis"
            " XV, Regency, Rococo, Shaker, Victorian"
        ),
        words(
            "Armoire, Bureau, Candelabra, Decanter, Escritoire, Figurine, Gramophone, Inkwell, Commode, Tapestry,"
            " Samovar, Snuffbox, Tankard, Urn, Vase"
        ),
        (
            Category(
                "Auctioneer", "auctioneer", words("Bonnard et Fils, Dorset Rooms, Grisewood, Koller-Ricci, Phineas Lye")
            ),
            Category(
                "Consigned from",
                "consignor",
                words("a convent, anonymous, Count T., Estate of Mrs Pym, private dealer"),
            ),
        ),
        (
            Measure("Estimate GBP", "estimate in pounds sterling", 30, 45000),
            Measure("Hammer price", "hammer price", 20, 61000),
            Measure("Bids", "number of bids", 1, 58),
            Measure("Lot number", "lot number", 1, 990),
        ),
        Companion(
            words("Auctioneers, auction_houses"),
            Category("Saleroom", "saleroom", words("Drouot 7, King Street, Palais Dorotheum, Rathbone Place")),
            Measure("Premium pct", "buyer's premium in percent", 10, 28),
        ),
    ),
    Domain(
        words("Cheeses, cheese_counter, Dairy Stock, cheeses_2023_autumn"),
        "cheese",
        "cheeses",
        "Cheese",
        words(
            "Ash-coated, Blue-veined, Cave-aged, Double, Farmhouse, Goat's, Herbed, Mountain, Nettle-wrapped,"
            " Oak-smoked, Peppered, Raw-milk, Soft, Truffled, Washed"
        ),
        words(
            "Appenzell, Brie, Caerphilly, Edam, Feta, Gouda, Halloumi, Jarlsberg, Lancashire, Manchego, Provolone,"
            " Quark, Reblochon, Stilton, Taleggio"
        ),
        (
            Category(
                "Dairy",
                "dairy",
                words("Alpkäserei Gunzesried, Cornish Creamery, Fromagerie Lise, Queijaria Alda, Ystad Mejeri"),
            ),
            Category("Milk", "milk", words("buffalo, cow, ewe, mixed")),
            Category("Rind", "rind", words("bloomy, natural, orange sticky, waxed")),
        ),
        (
            Measure("Ripened weeks", "number of weeks of ripening", 1, 150),
            Measure("Fat pct", "fat in percent", 9, 75),
            Measure("Price per 100 g", "price of 100 grams", 1, 19),
            Measure("Wheels", "number of wheels", 0, 130),
        ),
        Companion(
            words("Dairies, dairy_visits"),
            Category("Herdsman", "herdsman", words("Anselm, Brynjar, Ivo Costa, Tristan P.")),
            Measure("Litres a day", "litres of milk a day", 120, 24000),
        ),
    ),
    Domain(
        words("Teas, tea_list, Tea Chests, Loose Leaf, tea_auction_colombo"),
        "tea",
        "teas",
        "Tea",
        words(
            "Anxi, Biluochun, Ceylon, Darjeeling, Earl's, Formosa, Gyokuro, Jin Xuan, Keemun, Lapsang, Nilgiri, Pu'er,"
            " Rwandan, Uva, Yunnan"
        ),
        words(
            "First Flush, Second Flush, Gunpowder, Orange Pekoe, Broken Leaf, Blossom, Breakfast Blend, Monsoon Pick, "
            "Silver Tips, Dust, Fannings, Imperial Brick, Garden Reserve, Afternoon, Roast"
        ),
        (
            Category(
                "Estate", "estate", words("Castleton, Dilmah Hill, Glenburn, Makaibari, Shizuoka No. 8, Wuyi Rocks")
            ),
            Category("Leaf type", "type of leaf", words("black, green, oolong, post-fermented, white")),
        ),
        (
            Measure("Steep sec", "steeping time in seconds", 15, 420),
            Measure("Water C", "water temperature in degrees", 55, 100),
            Measure("Chests", "number of chests", 1, 600),
            Measure("Rs per kg", "price in rupees per kilogram", 180, 29000),
        ),
        Companion(
            words("Estates, estate_visits"),
            Category("Foreman", "foreman", words("Mr. Perera, Tashi Dorji, Uncle Lin, Zainab")),
            Measure("Pickers", "number of pickers", 14, 780),
        ),
    ),
    Domain(
        words("Fabrics, fabric_rolls, Draper's Stock, Textiles 2012"),
        "fabric",
        "fabrics",
        "Fabric",
        words(
            "Brushed, Checked, Combed, Crinkled, Embroidered, Glazed, Herringbone, Knitted, Laminated, Mercerised, "
            "Pinstriped, Quilted, Ribbed, Stonewashed, Woven"
        ),
        words(
            "Batiste, Calico, Denim, Flannel, Gabardine, Jersey, Linen, Muslin, Organza, Poplin, Satin, Seersucker,"
            " Taffeta, Tweed, Voile"
        ),
        (
            Category("Fibre", "fibre", words("bamboo, hemp, merino wool, polyester, raw silk, viscose")),
            Category("Weaver", "weaver", words("Harris Croft, Ikat Studio, Kente Brothers, Toile de Jouy, Zegna mill")),
            Category("Wash at", "washing instruction", words("30 gentle, 60 cotton, by hand, chemical only")),
        ),
        (
            Measure("Metres left", "number of metres left", 0, 420),
            Measure("Width in", "width in inches", 27, 118),
            Measure("GSM", "weight in grams per square metre", 40, 610),
        ),
        Companion(
            words("Fibres, fibre_facts"),
            Category("Burns like", "burning smell", words("burnt hair, paper, plastic, vinegar")),
            Measure("Shrinks pct", "shrinkage in percent", 0, 12),
        ),
    ),
    Domain(
        words("Containers, box_yard, Containers at Quay 3, reefer_plugs"),
        "container",
        "containers",
        "Box number",
        words("APZU, BMOU, CAIU, CMAU, DFSU, EITU, GESU, HLXU, MSKU, NYKU, OOLU, PONU, SUDU, TGHU, ZCSU"),
        words(
            "110284-3, 127650-8, 133917-0, 148826-5, 152043-1, 169471-7, 175508-4, 183690-2, 196235-9, 204118-6,"
            " 217763-3, 229054-0, 231490-5, 240876-1, 255327-8"
        ),
        (
            Category(
                "Bound for",
                "port of discharge",
                words("Callao, Chittagong, Gioia Tauro, Hai Phong, Le Havre, Rotterdam"),
            ),
            Category("Box type", "type of box", words("20' dry van, 40' high-cube, flat rack, open top, reefer")),
            Category("Seal", "state of the seal", words("broken, electronic, intact, missing")),
        ),
        (
            Measure("Gross kg", "gross weight in kilograms", 2300, 32000),
            Measure("Row", "row in the yard", 1, 45),
            Measure("Days idle", "number of idle days", 0, 120),
            Measure("Demurrage", "demurrage in dollars", 0, 7600),
        ),
        Companion(
            words("Discharge Ports, ports_of_discharge"),
            Category("Harbour pilot", "harbour pilot", words("Cdr Alvim, G. Verstappen, Mme Leroux, Nguyen T.")),
            Measure("Cranes", "number of cranes", 2, 74),
        ),
    ),
    Domain(
        words("Market Stalls, stalls_saturday, Farmers' Market, stallholders"),
        "stall",
        "stalls",
        "Stall",
        words(
            "Bargain, Corner Shop, Cheeky, Dutch, Fancy, Gran's, Happy, Jolly, Lucky Dip, Nimble, Posh, Rainbow, Tasty,"
            " Tip-top, Village"
        ),
        words(
            "Bagels, Bric-a-brac, Candles, Doughnuts, Eggs, Falafel, Gingerbread, Honeycomb, Jams, Kebabs, Olives,"
            " Pickles, Radishes, Tulips, Waffles"
        ),
        (
            Category(
                "Pitch row", "row of pitches", words("Churchside, Fountain, Lower Arcade, St. Giles Row, Town Pump")
            ),
            Category("Trader", "trader", words("Bettina Krol, Gus, Mehmet & Daughter, Shanice, the Tulley twins")),
        ),
        (
            Measure("Pitch fee", "pitch fee", 8, 140),
            Measure("Takings", "turnover of the day", 25, 3900),
            Measure("Trading since", "year of the first market day", 1961, 2023),
        ),
        Companion(
            words("Rows of Pitches, pitch_rows"),
            Category("Steward", "steward", words("Councillor Webb, Darragh, Hye-jin, Mavis Oduya")),
            Measure("Power points", "number of power points", 0, 18),
        ),
    ),
)
