"""Every command of the pages runs on a fresh clone. `python -m proofs.documented_commands --help`."""
