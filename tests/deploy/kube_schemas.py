#!/usr/bin/env python3
"""Kubernetes' swagger.json as kubeconform's schemas, strict: FOLDER/KIND-GROUP-VERSION.json.

    kube_schemas.py swagger.json FOLDER
"""

import json
import os
import re
import sys


def fix(node):
    if isinstance(node, list):
        return [fix(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string"):
        return {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    out = {key: fix(value) for key, value in node.items()
           if not key.startswith("x-kubernetes") or key == "x-kubernetes-preserve-unknown-fields"}
    if "$ref" in out and isinstance(out["$ref"], str):
        out = {"$ref": "#/definitions/" + out["$ref"].rsplit("/", 1)[1]}
    if isinstance(out.get("properties"), dict) and out.get("type") == "object":
        out.setdefault("additionalProperties", False)
    return out


def main(source, folder):
    with open(source) as file:
        definitions = json.load(file)["definitions"]
    os.makedirs(folder, exist_ok=True)
    fixed = {name: fix(body) for name, body in definitions.items()}
    fixed["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"oneOf": [{"type": "string"}, {"type": "number"}]}
    references = {name: set(re.findall(r'"#/definitions/([^"]+)"', json.dumps(body))) for name, body in fixed.items()}

    def reached(name):
        seen, waiting = set(), [name]
        while waiting:
            for other in references[waiting.pop()] - seen:
                seen.add(other)
                waiting.append(other)
        return {other: fixed[other] for other in seen}

    count = 0
    for name, body in definitions.items():
        for kind in body.get("x-kubernetes-group-version-kind", []):
            group = kind["group"].split(".")[0]
            schema = dict(fixed[name], definitions=reached(name))
            schema["properties"] = dict(schema.get("properties", {}))
            schema["properties"]["kind"] = {"type": "string", "enum": [kind["kind"]]}
            version = "/".join(part for part in (kind["group"], kind["version"]) if part)
            schema["properties"]["apiVersion"] = {"type": "string", "enum": [version]}
            schema["required"] = sorted(set(schema.get("required", []) + ["kind", "apiVersion"]))
            file = "-".join(part for part in (kind["kind"].lower(), group, kind["version"]) if part)
            with open(os.path.join(folder, file + ".json"), "w") as out:
                json.dump(schema, out)
            count += 1
    print(count, "schemas", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
