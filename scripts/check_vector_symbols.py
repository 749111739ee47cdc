#!/usr/bin/env python3
"""Looks for code in the kernels of one instruction set that the linker might hand to everybody.

The same inline function compiled into several objects is a weak symbol, and the linker keeps any one of them. If an AVX-512
object holds std::max<float> or a scalar helper of ours, the whole program may get that version and crash on a machine
without AVX-512. So every weak symbol there must carry its instruction set in its name: through the namespace
seegrad::cpu::ISA or an xsimd type. Usage: check_vector_symbols.py ISA OBJECT..., or check_vector_symbols.py --self-test.
"""

import subprocess
import sys

WEAK = set("WVu")  # nm: weak function, weak object, unique global
HARMLESS = ("DW.ref.",)  # a word that holds an address for exception tables, the same in every object


def faults_in(listing, isa):
    """The names of unmarked weak symbols in the output of `nm -C`."""
    faults = []
    for line in listing.splitlines():
        kind, _, name = line[17:].partition(" ") if len(line) > 17 else ("", "", "")
        if name.startswith(HARMLESS):
            continue
        if kind in WEAK and f"seegrad::cpu::{isa}" not in name and "xsimd" not in name:
            faults.append(name)
    return faults


def self_test():
    listing = """\
0000000000000000 T seegrad::cpu::avx2::kernels()
0000000000000000 W seegrad::cpu::avx2::helper<float>(float)
0000000000000000 W xsimd::batch<float, xsimd::avx2> seegrad::exp<xsimd::batch<float, xsimd::avx2> >(int)
0000000000000000 W float const& std::max<float>(float const&, float const&)
0000000000000000 V DW.ref.__gxx_personality_v0
0000000000000000 u seegrad::table<float>::values
                 w __gmon_start__
                 U std::terminate()
"""
    found = faults_in(listing, "avx2")
    assert found == ["float const& std::max<float>(float const&, float const&)", "seegrad::table<float>::values"], found
    assert "seegrad::cpu::avx2::helper<float>(float)" in faults_in(listing, "avx512")
    print("self-test: 2 of 2 planted faults caught")
    return 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    isa, objects = arguments[0], arguments[1:]
    count = 0
    for path in objects:
        listing = subprocess.run(["nm", "-C", "--defined-only", path], check=True, capture_output=True, text=True).stdout
        for name in faults_in(listing, isa):
            count += 1
            print(f"{path}: weak symbol without instruction set: {name}")
    print(f"{isa}: {len(objects)} objects, {count} weak symbols that other code might be linked to")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
