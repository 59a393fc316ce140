"""The general check: what a tuned model still knows of what it was not tuned for."""
