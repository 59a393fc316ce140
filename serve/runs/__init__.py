"""What lies on the disk: runs of every kind with size, state and age, and what of them can go."""
