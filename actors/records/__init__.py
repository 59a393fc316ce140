"""The records of episodes: what a trajectory is, where it is stored, in which forms it is read."""
