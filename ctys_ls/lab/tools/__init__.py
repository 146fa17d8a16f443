"""The simulated host tools: each is a coroutine that reads a Call's arguments, prints, and returns the exit status."""
