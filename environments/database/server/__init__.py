"""The MySQL-compatible server: chosen, started, administered, swept."""
