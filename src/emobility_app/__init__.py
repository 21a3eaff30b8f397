"""The reference server: composes adapters around the core, and is thin."""
