"""Products: loaded, made up, indexed, searched."""
