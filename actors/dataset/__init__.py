"""From trajectories to a data set: filter, export, import, count, read."""
