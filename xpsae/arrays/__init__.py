"""The only place that names array libraries: namespaces, moves between libraries and devices, typing, random draws."""
