"""What the server's answers cost, measured beside the plainest servers that can be written. See docs/benchmarks.md."""
