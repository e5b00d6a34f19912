"""Holds a document against what OpenAI publishes and users report about Actions.

    limits.py small FILE    every limit
    limits.py full FILE     those that don't depend on how much a document has

Sources: developers.openai.com/api/docs/actions/production, and the messages of the editor.
"""

import json
import re
import sys
from urllib.parse import urlsplit

LONGEST_SUMMARY = 300
LONGEST_PARAMETER = 700
MOST_OPERATIONS = 30
LARGEST = 100_000
METHODS = {"get", "post", "put", "patch", "delete"}


def faults(kind, text, document):
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    server = urlsplit(document["servers"][0]["url"])
    if server.scheme not in ("http", "https") or not server.hostname or server.path.endswith("/"):
        yield f"the first server is not an absolute address: {document['servers'][0]['url']}"
    ids = [operation.get("operationId", "") for _, _, operation in operations]
    for name in ids:
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
            yield f"an operationId that clients refuse: {name!r}"
        if ids.count(name) > 1:
            yield f"two operations of the name {name}"
    if not operations:
        yield "there are no operations"
    if kind == "small" and len(operations) > MOST_OPERATIONS:
        yield f"{len(operations)} operations"
    if kind == "small" and len(text) >= LARGEST:
        yield f"{len(text)} characters"

    for path, method, operation in operations:
        at = f"{method} {path}"
        if method not in METHODS:
            yield f"{at}: not a method of Actions"
        if not isinstance(operation.get("x-openai-isConsequential"), bool):
            yield f"{at}: whether it is consequential is not said"
        if method == "get" and operation.get("x-openai-isConsequential") is True:
            yield f"{at}: a GET that changes something"
        if kind == "small":
            for field in ("summary", "description"):
                if not 0 < len(operation.get(field, "")) <= LONGEST_SUMMARY:
                    yield f"{at}: {field} has {len(operation.get(field, ''))} characters"
        for parameter in operation.get("parameters", []):
            if parameter["in"] not in ("path", "query"):
                yield f"{at}: the parameter {parameter['name']} is in {parameter['in']}"
            if len(parameter.get("description", "")) > LONGEST_PARAMETER:
                yield f"{at}: the description of {parameter['name']} is too long"
        if operation.get("security") != [] and not {"400", "401", "403", "503"} <= set(operation["responses"]):
            yield f"{at}: refusals that can occur are not documented"
        named = re.findall(r"\{([^}]+)\}", path)
        given = [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"]
        if sorted(named) != sorted(given):
            yield f"{at}: path parameters {named}, documented {given}"
        body = operation.get("requestBody")
        if body is not None:
            if kind == "small" and list(body["content"]) != ["application/json"]:
                yield f"{at}: a body that is no JSON, which an Action can't send"
            for content in body["content"].values():
                yield from schema_faults(at, content["schema"], is_input=True)
    yield from schema_faults("", document, is_input=False)


def schema_faults(at, value, is_input):
    if isinstance(value, list):
        for item in value:
            yield from schema_faults(at, item, is_input)
    if not isinstance(value, dict):
        return
    if value.get("type") == "object" and not isinstance(value.get("properties"), dict):
        yield f"{at}: an object without properties"
    reference = value.get("$ref")
    if isinstance(reference, str) and (is_input or not reference.startswith("#/components/")):
        yield f"{at}: a reference to {reference}"
    if isinstance(value.get("type"), list):
        yield f"{at}: a union of types"
    if is_input:
        for keyword in ("oneOf", "anyOf", "allOf", "not", "$defs", "const"):
            if keyword in value and not at.endswith("/properties"):
                yield f"{at}: {keyword}"
        description = value.get("description")
        if isinstance(description, str) and len(description) > LONGEST_PARAMETER:
            yield f"{at}: a description of {len(description)} characters"
    for name, member in value.items():
        yield from schema_faults(f"{at}/{name}", member, is_input)


def main():
    kind, file = sys.argv[1:]
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    found = list(faults(kind, text, json.loads(text)))
    print("\n".join(found) or "within the limits")
    sys.exit(1 if found else 0)


main()
