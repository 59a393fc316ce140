"""A world that is almost nothing: the agent counts aloud. It measures and tests what is around a world: loop, actors,
store, faults.
"""
