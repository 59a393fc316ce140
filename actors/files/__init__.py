"""Files that survive a crash: folders that appear whole, logs that are appended to, JSON that is replaced at once."""
