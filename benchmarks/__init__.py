"""Speed, measured side by side with something a user would pick instead. `python -m benchmarks.api`."""
