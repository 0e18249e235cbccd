"""Minimization of functions of a vector; knows vectors and scalars, not autoencoders."""
