"""Whether what is served is what was trained: comparisons of a trained folder with whatever serves it."""
