"""Conversations to batches: sources, tokens in a cache, splits, mixing, packing, the plan of steps."""
