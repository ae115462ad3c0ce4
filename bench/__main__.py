"""`python -m bench durable`: how fast the local durable engine is. `python -m bench costs`: what a message costs."""

import argparse
import asyncio

from bench import costs, durable

SCENARIOS = {
    "throughput": durable.throughput,
    "latency": durable.latency,
    "waiting": durable.waiting,
    "sequence": durable.sequence,
}

parser = argparse.ArgumentParser(prog="python -m bench")
parser.add_argument("what", choices=["durable", "costs"])
parser.add_argument("scenarios", nargs="*", help=f"of durable: some of {', '.join(SCENARIOS)}; all without a choice")
chosen = parser.parse_args()
if chosen.what == "costs":
    asyncio.run(costs.costs())
else:
    for name in chosen.scenarios or SCENARIOS:
        asyncio.run(SCENARIOS[name]())
