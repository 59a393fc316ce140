"""Families in which every selection meets every operation."""
