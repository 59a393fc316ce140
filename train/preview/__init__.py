"""What is trained on, shown: trained tokens green, masked ones grey."""
