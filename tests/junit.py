# SPDX-License-Identifier: ISC
"""tests/junit.py FILE PREFIX: what a JUnit file of pytest says, for a shell.

Prints "passed N", and "failed K NAME" or "skipped K NAME" for each other
case, whose details are then in PREFIX.K.
"""

import sys
import xml.etree.ElementTree as ElementTree


def verdict(case):
    """("failed", text), ("skipped", text) or None."""
    for kind in ("error", "failure", "skipped"):
        found = case.find(kind)
        if found is not None:
            word = "skipped" if kind == "skipped" else "failed"
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
