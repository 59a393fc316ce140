"""What environments of one kind have in common: each a small base class, none above another."""
