"""The trainer: trajectories and general chat in, Hugging Face weights out."""
