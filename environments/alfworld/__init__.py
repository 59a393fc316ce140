"""Household tasks in a text world (ALFWorld)."""

from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric, PaperTask

DESCRIPTION = Description(
    name="alfworld",
    short="alfworld",
    title="ALFWorld",
    version=EnvironmentVersion(environment=1, judge=1),
    metric=Metric.SUCCESS_RATE,
    profile=EpisodeProfile(13.52, 41, 53),
    repeats=3,
    paper=PaperTask("held-in", "ALFWorld"),
)
