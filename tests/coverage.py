# SPDX-License-Identifier: MIT
"""
coverage.py COVERAGE.JSON NEVER_TAKEN.TXT - the lines and branches that gcovr
counted, as a table; which functions have branches that were never taken and
that no line of the text explains, and which lines explain nothing.
"""

import json
import re
import sys
from pathlib import Path

# Which files, and the percentage of branches that is to be taken.
PARTS = {
    "core": (re.compile(r"src/(?!cli_|consumer-cli|py)"), 95),
    "consumer-cli": (re.compile(r"src/(cli_|consumer-cli)"), 95),
    "Python": (re.compile(r"src/py"), 90),
}
VARIANT = re.compile(r"(?<!has)_(portable|avx2|avx512)$")


def percent(part, whole):
    return 100 * part / whole if whole else 100


def report(name, lines, branches):
    """Prints a row: what was reached, of how many, in percent."""
    shown = [
        f"{sum(map(bool, counts)):6}/{len(counts):<6}"
        f"{percent(sum(map(bool, counts)), len(counts)):6.1f}"
        for counts in (lines, branches)
    ]
    print(f"{name:32}", *shown)


def function_at(functions, line_number):
    """The name of the last function that begins before the line."""
    names = [f["name"] for f in functions if f["lineno"] <= line_number]
    return VARIANT.sub("", names[-1]) if names else "-"


def main(json_path, text_path):
    files = json.loads(Path(json_path).read_text())["files"]
    explained = {}
    for line in Path(text_path).read_text().splitlines():
        if line and not line.startswith("#"):
            file, function, reason = line.split(":", 2)
            explained[file, function] = reason.strip()
    missing = {}
    left_out = set()
    is_good = True
    print(f"{'':32}  lines reached, %    branches taken, %")
    for part, (pattern, target) in PARTS.items():
        all_lines, all_branches = [], []
        for file in filter(lambda file: pattern.match(file["file"]), files):
            functions = sorted(
                file["functions"], key=lambda f: (f["lineno"], f["name"])
            )
            lines, branches = [], []
            for line in file["lines"]:
                if line["gcovr/noncode"]:
                    continue
                lines.append(line["count"])
                taken = [branch["count"] for branch in line["branches"]]
                branches += taken
                if 0 in taken:
                    where = file["file"], function_at(functions, line["line_number"])
                    missing.setdefault(where, []).append(line["line_number"])
            if "avx512" in file["file"] and not any(lines):
                print(f"{file['file']:32} left out: this CPU has not what it needs")
                left_out.add(file["file"])
                continue
            report(file["file"], lines, branches)
            all_lines += lines
            all_branches += branches
        report(part, all_lines, all_branches)
        print()
        taken = sum(map(bool, all_branches))
        is_good &= taken > 0 and percent(taken, len(all_branches)) >= target
    for file, function in sorted(missing.keys() - explained.keys()):
        if file in left_out:
            continue
        is_good = False
        lines = ", ".join(map(str, missing[file, function]))
        print(f"{file}:{function}: branches never taken in lines {lines}")
    for file, function in sorted(explained.keys() - missing.keys()):
        if file in left_out or explained[file, function].startswith("by chance: "):
            continue
        is_good = False
        print(f"{file}:{function}: every branch is taken, and yet explained")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
