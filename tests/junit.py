# SPDX-License-Identifier: ISC
"""tests/junit.py FILE PREFIX: what a JUnit file of pytest says, for a shell.

Prints "passed N", and "failed K NAME" or "skipped K NAME" for each other
case, whose details are then in PREFIX.K. A failed case that claims a time
(the marker "clock") is "again K NAME": to be run once more, alone.
"""

import sys
import xml.etree.ElementTree as ElementTree


def claims_a_time(case):
    return any(p.get("name") == "clock" for p in case.iter("property"))


def verdict(case):
    """("failed", text), ("again", text), ("skipped", text) or None."""
    for kind in ("error", "failure", "skipped"):
        found = case.find(kind)
        if found is not None:
            word = "skipped" if kind == "skipped" else \
                "again" if claims_a_time(case) else "failed"
            return word, found.text or found.get("message", "")
    return None


def main():
    passed = 0
    cases = ElementTree.parse(sys.argv[1]).getroot().iter("testcase")
    for k, case in enumerate(cases):
        what = verdict(case)
        if what is None:
            passed += 1
            continue
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        with open(f"{sys.argv[2]}.{k}", "w", encoding="utf-8") as out:
            out.write(what[1].rstrip() + "\n")
        print(what[0], k, name)
    print("passed", passed)


main()
