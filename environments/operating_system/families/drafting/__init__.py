"""What every family draws on: words, draws, scenes, the state that is judged, the draft of a task."""
