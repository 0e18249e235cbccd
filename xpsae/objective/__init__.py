"""The lecture notes: parameters, elementwise formulas, forward and backward, and the cost."""
