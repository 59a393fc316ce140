"""Conversations as token ids with the mask of what is trained: one renderer for each family of chat templates."""
