"""What the generated tables are about: a domain belongs to one side, with all its names and values."""

from __future__ import annotations

from environments.database.families.domain import Domain
from environments.database.families.domains.arts import ARTS
from environments.database.families.domains.culture import CULTURE
from environments.database.families.domains.evaluation import EVALUATION
from environments.database.families.domains.farming import FARMING
from environments.database.families.domains.leisure import LEISURE
from environments.database.families.domains.machines import MACHINES
from environments.database.families.domains.nature import NATURE
from environments.database.families.domains.pastimes import PASTIMES
from environments.database.families.domains.science import SCIENCE
from environments.database.families.domains.society import SOCIETY
from environments.database.families.domains.trade import TRADE
from environments.database.families.side import Side

DOMAINS: dict[Side, tuple[Domain, ...]] = {
    Side.TRAIN: (*SOCIETY, *CULTURE, *LEISURE, *NATURE, *SCIENCE, *TRADE, *MACHINES, *FARMING, *PASTIMES, *ARTS),
    Side.EVALUATION: EVALUATION,
}
