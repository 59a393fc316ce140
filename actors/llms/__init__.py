"""What answers in an episode: an LLM behind an API, in vLLM, or the reference player."""
