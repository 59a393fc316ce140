"""The next action on recorded pages of real sites: an element, and what to do with it (Mind2Web)."""

from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric, PaperTask

DESCRIPTION = Description(
    name="mind2web",
    short="mind2web",
    title="Mind2Web",
    version=EnvironmentVersion(environment=1, judge=1),
    metric=Metric.SUCCESS_RATE,
    profile=EpisodeProfile(turns=1, reply=130, observation=0),
    keep_reward=2 / 3,
    stateless=True,
    paper=PaperTask("held-in", "Mind2Web"),
)
