"""Where the programs are in a container."""

HOME = "/opt/cibuildwheel-native"
