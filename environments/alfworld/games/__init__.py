"""Games of ALFWorld: households and goals, where they come from, and the PDDL problems that they are played as."""
