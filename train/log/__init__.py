"""What a run writes of itself: its log, its curves, experiment trackers."""
