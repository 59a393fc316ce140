"""A machine for one episode: in Docker or bubblewrap, its shell, its limits, its custody while it is judged."""
