"""OCI images and platforms: which content a Linux build runs in, settled before it is pulled."""
