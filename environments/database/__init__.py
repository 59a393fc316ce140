"""Questions and changes on tables of a MySQL-compatible server (AgentBench's DBBench)."""

from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric, PaperTask

DESCRIPTION = Description(
    name="database",
    short="db",
    title="Database",
    version=EnvironmentVersion(environment=2, judge=2),
    metric=Metric.CATEGORY_MEAN,
    profile=EpisodeProfile(2.06, 185, 120),
    categories=True,
    paper=PaperTask("held-in", "DB"),
)
