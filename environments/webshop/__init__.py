"""A purchase in a web shop that fits a wish (WebShop)."""

from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric, PaperTask

DESCRIPTION = Description(
    name="webshop",
    short="webshop",
    title="WebShop",
    version=EnvironmentVersion(environment=2, judge=1),
    metric=Metric.MEAN_REWARD,
    profile=EpisodeProfile(3.68, 167, 1167),
    paper=PaperTask("held-in", "WebShop"),
)
