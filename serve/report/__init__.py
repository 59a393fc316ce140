"""The report on evaluations: what is gathered from files, and how it is told in the terminal, in markdown and on a
page.
"""
