"""Records tasks from web pages in Mind2Web's format: headless Chromium is driven by a script, and looked at before each
step.
"""
