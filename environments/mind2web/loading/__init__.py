"""Mind2Web's files: recordings, and what its candidate ranker found."""
