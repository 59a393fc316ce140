"""A player that knows what a person in that household would know: what it has seen, and where things usually are."""
