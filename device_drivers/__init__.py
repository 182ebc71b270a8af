"""How to talk to each kind of device, one file each."""
