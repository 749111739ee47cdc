#!/usr/bin/env python3
"""Whether the tests that need a GPU would notice a GPU that computes wrongly: runs them on a stand-in that is made to lie.

    scripts/check_gpu_tests.py build/release/tests/seegrad_stand_in_tests

The program is the GPU tests linked with tests/cuda/stand_in instead of the CUDA backend; it needs no GPU. It must pass as it is, and when
the stand-in rounds differently than the CPU; it must fail for every fault that the stand-in knows. A fault that passes is a hole in the
tests. The exit code is 0 when all is as it must be.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

MUST_PASS = ("", "rounds_otherwise")


def run(program, fault):
    environment = {**os.environ, "SEEGRAD_STAND_IN_FAULT": fault}
    abort = [] if fault in MUST_PASS else ["--abort"]
    try:
        return subprocess.run([program, "[gpu]", *abort], capture_output=True, text=True, errors="replace", env=environment, timeout=300)
    except subprocess.TimeoutExpired:
        return None


def faults_of(program):
    refusal = run(program, "?")
    listed = re.search(r"there are (.*)", refusal.stdout) if refusal else None
    if not listed:
        sys.exit(f"check_gpu_tests.py: {program} does not say which faults it knows; is it seegrad_stand_in_tests?")
    return [fault for fault in listed.group(1).split(", ") if fault not in MUST_PASS]


def failing_test(output):
    """The name of the first test that failed: what stands between the first two rulers."""
    found = re.search(r"-{79}\n(.*?)\n-{79}", output, re.DOTALL)
    return " ".join(found.group(1).split()) if found else "?"


def judge(program, fault):
    """A complaint, or None; and a line to print."""
    result, name = run(program, fault), fault or "(no fault)"
    if result is None:
        return f"{name}: did not end", f"{name:45} did not end"
    passed = result.returncode == 0
    if fault in MUST_PASS:
        line = f"{name:45} {'passes, as it must' if passed else 'FAILS: ' + failing_test(result.stdout)}"
        return (None if passed else f"{name}: should pass"), line
    if passed:
        return f"{name}: no test notices", f"{name:45} NO TEST NOTICES"
    if result.returncode < 0:
        return None, f"{name:45} noticed: ended by signal {-result.returncode}"
    return None, f"{name:45} noticed by '{failing_test(result.stdout)}'"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    cases = [*MUST_PASS, *faults_of(options.program)]
    complaints = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for complaint, line in pool.map(lambda fault: judge(options.program, fault), cases):
            print(line, flush=True)
            if complaint:
                complaints.append(complaint)
    print(f"{len(cases) - len(MUST_PASS)} faults, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
