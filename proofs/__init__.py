"""What is too long for every run of the tests. README.md says what a proof is."""
