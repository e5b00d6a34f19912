"""Holds a list of components to CycloneDX's schema and to the lock file: components.py FILE LOCK VERSION."""
import json
import sys
import tomllib

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

path, lock, version = sys.argv[1:]
with open(path) as file:
    text = file.read()
wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
assert wrong is None, wrong

listed = json.loads(text)
program = listed["metadata"]["component"]
assert program["name"] == "toolbay" and program["version"] == version, program
with open(lock, "rb") as file:
    locked = {(each["name"], each["version"]) for each in tomllib.load(file)["package"]}
components = {(each["name"], each["version"]) for each in listed["components"]}
assert components <= locked, components - locked
# What the program can't be without; and nothing that only its tests use.
names = {name for name, _ in components}
assert {"wasmtime", "axum", "rmcp", "sqlx", "rustls", "toolbay-kernel"} <= names, names
assert not {"insta", "proptest", "trybuild", "toolbay-testing"} & names
assert len(components) > 200, len(components)
without = [each["name"] for each in listed["components"] if not each.get("licenses")]
assert not without, f"no licence: {without}"
print(len(components), "components")
