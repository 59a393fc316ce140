"""The words that generated tasks are made of: domains (`domains/*.toml`) and sentences (`wordings/*.toml`)."""
