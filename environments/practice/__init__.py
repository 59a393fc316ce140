"""An environment that is almost nothing: the agent counts aloud.

It measures and tests what is around an environment: loop, actors, store, faults.
"""

from environments.contract import EnvironmentVersion
from environments.description import Description, EpisodeProfile, Metric

DESCRIPTION = Description(
    name="practice",
    short="practice",
    title="Practice",
    version=EnvironmentVersion(environment=1, judge=1),
    metric=Metric.SUCCESS_RATE,
    profile=EpisodeProfile(10, 26, 10),
)
