"""Pictures: features as a grid of tiles, the training run as curves, and a PNG writer that needs no other package."""
