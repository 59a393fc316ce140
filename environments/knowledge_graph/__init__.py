"""Questions to Freebase behind SPARQL, through AgentBench's tools."""

from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric, PaperTask

DESCRIPTION = Description(
    name="knowledge_graph",
    short="kg",
    title="Knowledge Graph",
    version=EnvironmentVersion(environment=2, judge=1),
    metric=Metric.MEAN_REWARD,  # the reward is F1
    profile=EpisodeProfile(6.04, 215, 319),
    paper=PaperTask("held-in", "KG"),
)
