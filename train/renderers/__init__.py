"""Conversations as token ids with the mask of what is trained: one renderer for each family of chat templates."""

from train.renderers.choice import create, of_settings
from train.renderers.per_reply import documents
from train.renderers.renderer import Rendered, Renderer, RenderError

__all__ = ["RenderError", "Rendered", "Renderer", "create", "documents", "of_settings"]
