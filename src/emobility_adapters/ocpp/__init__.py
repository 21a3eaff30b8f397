"""OCPP: the WebSocket line between stations and the domain."""
