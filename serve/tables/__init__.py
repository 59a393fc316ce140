"""Tables and numbers as a terminal and Markdown show them."""
