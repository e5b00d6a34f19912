"""Validates a YAML file by a JSON schema: valid.py SCHEMA FILE."""
import json
import sys

import jsonschema
import yaml

with open(sys.argv[1]) as schema, open(sys.argv[2]) as file:
    # The schema says that it is of 2019-09, by a name that isn't quite its name.
    validator = jsonschema.Draft201909Validator(json.load(schema))
    wrong = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(yaml.safe_load(file))]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
