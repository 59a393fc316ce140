"""AgentTuning on Ray, as one package: the program `agenttuning` and the Python API."""
