"""Conversations as token ids with the mask of what is trained: one renderer for each family of chat templates."""

from train.renderers.choice import create
from train.renderers.renderer import Rendered, Renderer, RenderError

__all__ = ["RenderError", "Rendered", "Renderer", "create"]
