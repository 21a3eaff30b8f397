"""The pure domain of operating and billing electric-vehicle charging."""
