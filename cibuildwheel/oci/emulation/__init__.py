"""How an engine runs a platform: natively, emulated, on which CPU, or not at all."""
