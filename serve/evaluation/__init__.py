"""Evaluations: suites, how they are played, scores with intervals, comparisons."""
