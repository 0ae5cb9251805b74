"""From YAML files to `Probe`s, or to every problem in them with its place and how to mend it.

Admission rule: reading, checking and describing declarations. Nothing is executed, nothing is asked of the network;
what leaves this room is a complete frozen `Probe`, and nothing behind it checks for missing keys again.
"""
