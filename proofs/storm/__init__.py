"""The storm: every part of a run is killed, and nothing may be lost by it."""
