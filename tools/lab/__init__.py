"""The engine lab: Debian's generations of Docker and podman side by side on one machine.

Each engine has namespaces of its own (mounts, network, processes, cgroups) on a root file system
of its Debian suite, and a registry of its own on loopback. All of it ends with one process.
"""
