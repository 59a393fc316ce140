"""Recorded pages: read, cut down, written for an agent, and what of them is likely."""
