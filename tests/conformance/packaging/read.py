"""Reads a compose file, with the defaults of its variables, by compose-spec, which also looks for what it refers to: read.py FILE."""
import re
import sys

from compose_spec import PyCompose

with open(sys.argv[1]) as file:
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", file.read())
PyCompose.from_yaml(text).validate()
