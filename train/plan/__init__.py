"""What a run needs, said before it begins: memory, steps, tokens, hours, and what to change where it does not fit."""
