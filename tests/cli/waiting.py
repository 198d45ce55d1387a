"""Measure how OpenMP's idle threads wait: the table in docs/performance.md, "Idle threads".

    python tests/cli/waiting.py --rounds 5
    python tests/cli/waiting.py --rounds 3 --busy 4

Each setting trains the same small network in a new process, all settings in turn.
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from statistics import median

SETTINGS = {
    "default of GNU's OpenMP": {},
    "OMP_WAIT_POLICY=active": {"OMP_WAIT_POLICY": "active"},
    "OMP_WAIT_POLICY=passive": {"OMP_WAIT_POLICY": "passive"},
    "GOMP_SPINCOUNT=1000": {"GOMP_SPINCOUNT": "1000"},
    "GOMP_SPINCOUNT=10000": {"GOMP_SPINCOUNT": "10000"},
    "GOMP_SPINCOUNT=100000": {"GOMP_SPINCOUNT": "100000"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
STEPS = """
import sys, time, timm, torch, cyclemlp
torch.manual_seed(0)
network = timm.create_model("cyclemlp_nano").train()
images = torch.randn(8, 3, 64, 64)
def step():
    network.zero_grad()
    network(images).square().mean().backward()
step()
start = time.perf_counter()
for _ in range(int(sys.argv[1])):
    step()
print(time.perf_counter() - start)
"""
BUSY = "while True: pass"


def seconds(setting: dict[str, str], steps: int, limit: float) -> float:
    """Return the wall seconds of `steps` training steps, at most `limit`."""
    command = [sys.executable, "-c", STEPS, str(steps)]
    try:
        run = subprocess.run(
            command, env=os.environ | setting, capture_output=True, check=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return limit
    return float(run.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--busy", type=int, default=0, help="other processes, which compute")
    parser.add_argument("--limit", type=float, default=120, help="seconds of one run at most")
    args = parser.parse_args()
    taken: dict[str, list[float]] = {name: [] for name in SETTINGS}
    with ExitStack() as stack:
        for _ in range(args.busy):
            stack.callback(subprocess.Popen([sys.executable, "-c", BUSY]).kill)
        for _ in range(args.rounds):
            for name, setting in SETTINGS.items():
                taken[name].append(seconds(setting, args.steps, args.limit))
    print("| | median, s | smallest | largest |\n|---|---|---|---|")
    for name, all_seconds in taken.items():
        print(f"| {name} | {median(all_seconds):.2f} | {min(all_seconds):.2f}", end="")
        print(f" | {max(all_seconds):.2f} |")


if __name__ == "__main__":
    main()
