"""What the benchmarks compare: one module a kind of work, and the processes it is done in."""
