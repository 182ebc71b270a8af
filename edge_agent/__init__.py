"""The process on the box: polls devices, meters use, keeps a journal, talks Sparkplug."""
