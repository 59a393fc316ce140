"""LLMs behind an OpenAI-compatible API: the calls, their errors, their limits, their price."""
