"""Reads a list of objects from standard input and prints, for each version of Kubernetes in the arguments, the faults
that its strict schemas find, as [[index, version, message], ...]; an object without a schema is a fault."""

import functools
import json
import sys

import kubernetes_validate
from kubernetes_validate import utils

# Each object reads the definitions of all of them.
utils.schema_contents = functools.lru_cache(utils.schema_contents)

objects = json.load(sys.stdin)
faults = []
for version in sys.argv[1:]:
    for index, item in enumerate(objects):
        try:
            # A version that is not known is taken for the newest that is.
            seen = kubernetes_validate.validate(item, version, strict=True)
            if seen != version:
                faults.append([index, version, f"validated as {seen}"])
        except kubernetes_validate.ValidationError as fault:
            faults.append([index, version, f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"])
        except kubernetes_validate.SchemaNotFoundError as fault:
            faults.append([index, version, fault.message])
json.dump(faults, sys.stdout)
