"""The hot path: units of work that buffer their writes and share one durable transaction with others."""
