"""`python -m bench durable`: how fast the local durable engine is on this machine."""

import argparse
import asyncio

from bench import durable

SCENARIOS = {
    "throughput": durable.throughput,
    "latency": durable.latency,
    "waiting": durable.waiting,
    "sequence": durable.sequence,
}

parser = argparse.ArgumentParser(prog="python -m bench")
parser.add_argument("what", choices=["durable"])
parser.add_argument("scenarios", nargs="*", help=f"some of {', '.join(SCENARIOS)}; all without a choice")
chosen = parser.parse_args()
for name in chosen.scenarios or SCENARIOS:
    asyncio.run(SCENARIOS[name]())
