#!/usr/bin/env python3
"""Joins the template, the style, the scripts and one data file into a report.html, byte for byte as the C++ writer does.

    assemble.py data.json report.html
"""
import pathlib
import sys

PAGE = pathlib.Path(__file__).resolve().parents[3] / "src" / "record" / "report" / "page"


def embeddable(json_text: str) -> str:
    """JSON that a <script> element can hold, without "</script" and "<!--": '<' stands in its texts only, where it has an escape."""
    return json_text.replace("<", "\\u003c")


def page(json_text: str, folder: pathlib.Path = PAGE) -> str:
    template = (folder / "report.html").read_text(encoding="utf-8")
    parts = {
        "@STYLE@": (folder / "style.css").read_text(encoding="utf-8"),
        "@SCRIPT@": "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.js"))),
        "@DATA@": embeddable(json_text),
    }
    # Cut at the placeholders rather than replaced one after the other: data may hold the text of a placeholder.
    for name in parts:
        if template.count(name) != 1:
            raise SystemExit(f"{folder / 'report.html'}: {name} must occur once, not {template.count(name)} times")
    pieces, rest = [], template
    for name in sorted(parts, key=template.index):
        before, rest = rest.split(name)
        pieces += [before, parts[name]]
    return "".join(pieces) + rest


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, target = map(pathlib.Path, sys.argv[1:])
    target.write_text(page(source.read_text(encoding="utf-8")), encoding="utf-8")
