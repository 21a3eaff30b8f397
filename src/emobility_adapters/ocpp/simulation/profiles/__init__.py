"""What a simulated station answers: a module for each profile of OCPP 1.6, and one for security."""
