"""Programs of tool calls: read, run as SPARQL, translated."""
