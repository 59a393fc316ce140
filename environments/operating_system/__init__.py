"""Shell tasks in a Linux machine of the agent's own (AgentBench's OS)."""

from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric, PaperTask

DESCRIPTION = Description(
    name="operating_system",
    short="os",
    title="Operating System",
    version=EnvironmentVersion(environment=2, judge=2),
    metric=Metric.SUCCESS_RATE,
    profile=EpisodeProfile(3.85, 174, 151),
    paper=PaperTask("held-in", "OS"),
)
