"""Runs the Python examples of proto/README.md, in their order, as one program.

    run_examples.py ADDRESS GENERATED [RULE_SET]

GENERATED has what protoc makes of proto/. The server is at ADDRESS; RULE_SET takes the place of the
one that the examples ask for.
"""

import pathlib
import re
import sys

address, generated, *rule_set = sys.argv[1:]
sys.path.insert(0, generated)
readme = pathlib.Path(__file__).parents[3] / "proto" / "README.md"
blocks = re.findall(r"^```python\n(.*?)^```", readme.read_text(encoding="utf-8"), re.M | re.S)
if rule_set:
    blocks = [blocks[0].replace("slack", rule_set[0])]
exec(compile("\n".join(blocks).replace("localhost:50051", address), str(readme), "exec"))
