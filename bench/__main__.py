"""`python -m bench durable`: how fast the local durable engine is. `costs`: what a message costs. `imports`: how long a
large file takes.
"""

import argparse
import asyncio

from bench import costs, durable, imports

SCENARIOS = {
    "throughput": durable.throughput,
    "latency": durable.latency,
    "waiting": durable.waiting,
    "sequence": durable.sequence,
}

parser = argparse.ArgumentParser(prog="python -m bench")
parser.add_argument("what", choices=["durable", "costs", "imports"])
parser.add_argument("scenarios", nargs="*", help=f"of durable: some of {', '.join(SCENARIOS)}; all without a choice")
parser.add_argument("--write", action="store_true", help="of costs: put the tables into the pages of docs/")
chosen = parser.parse_args()
if chosen.what == "costs":
    asyncio.run(costs.costs(write=chosen.write))
elif chosen.what == "imports":
    imports.imports()
else:
    for name in chosen.scenarios or SCENARIOS:
        asyncio.run(SCENARIOS[name]())
