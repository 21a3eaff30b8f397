"""OCPP 1.6J: what its messages mean to the domain, and how we answer."""
