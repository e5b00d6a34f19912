-- Settles permits of a host. Without any it says whether the server takes writes.
known_for()
settle(2, 3)
return {}
