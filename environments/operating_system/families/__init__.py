"""The generator's task families, by theme: each module's `FAMILIES` maps a name to a function from a seeded `Random` to
a `Draft`.
"""
