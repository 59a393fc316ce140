"""The model on its devices: weights, sharding, adapters, loss, optimizer, and its export."""
