"""Which content each container of a run is made from: decided, told, then pulled."""
