"""What answers SPARQL: an endpoint, a server of our own, or an engine inside the process."""
