"""The sparse autoencoder of CS294A / UFLDL, on any array library."""

__version__ = "0.1.0"
