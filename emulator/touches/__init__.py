"""What persons in the user interface, builds and upgrades do to objects, behind the back of the API: a part of the control API."""
