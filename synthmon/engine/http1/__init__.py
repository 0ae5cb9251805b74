"""HTTP/1.1 over sockets of our own.

Admission rule: what puts a request on the wire and takes an answer off it without libcurl. `message` and what it stands
on know no sockets: bytes in, bytes out. What both ways share, such as limits, routes and faults, stays in `engine`.
"""
