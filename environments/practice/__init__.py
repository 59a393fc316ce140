"""An environment that is almost nothing: the agent counts aloud.

It measures and tests what is around an environment: loop, actors, store, faults.
"""
