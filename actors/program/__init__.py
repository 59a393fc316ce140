"""What every program of this project has in common: commands, configs, what a terminal may be shown."""
