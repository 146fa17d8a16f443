"""Everything that touches hosts. It knows neither LSP nor the languages; ``api`` is what others may use."""
