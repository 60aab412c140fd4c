"""FluxStore."""
