"""The rollout service: LLMs, the ReAct loop, the Ray actors that host both, the trajectory store, filters and
exports.
"""
