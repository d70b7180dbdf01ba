"""Programs of the engine's own machine for containers that are emulated: `native-tools`."""
