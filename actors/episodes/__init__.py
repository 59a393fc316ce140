"""An episode: the ReAct loop, its limits, its journal, and how it goes on after a loss."""
