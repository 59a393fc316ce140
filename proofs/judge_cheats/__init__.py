"""Every family of OS tasks × every way of cheating its judge: none earns. `python -m proofs.judge_cheats --help`."""
