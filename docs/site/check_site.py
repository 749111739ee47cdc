#!/usr/bin/env python3
"""Does a page of the built site ask another machine for anything, or point to a file of the site that is not there?

    docs/site/check_site.py build/site
"""
import html.parser
import pathlib
import re
import sys
import urllib.parse

LOADS = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("object", "data")}
NOT_LOADED = {"canonical", "alternate", "next", "prev"}  # relations of <link> that a browser does not fetch


class Addresses(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.loaded, self.pointed = [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        for name, value in attributes:
            if (tag, name) in LOADS and values.get("rel") not in NOT_LOADED:
                self.loaded.append(value or "")
            if (tag, name) in LOADS or (tag, name) == ("a", "href"):
                self.pointed.append(value or "")


def faults_of(site):
    for page in sorted(site.rglob("*.html")):
        generated = site / "api" in page.parents  # doxygen's own links are its business
        addresses = Addresses()
        addresses.feed(page.read_text(encoding="utf-8", errors="replace"))
        for address in addresses.loaded:
            if re.match(r"(https?:)?//", address):
                yield f"{page.relative_to(site)} loads {address}"
        for address in () if generated or page.name == "404.html" else addresses.pointed:
            path = urllib.parse.unquote(address.partition("#")[0].partition("?")[0])
            if path and not re.match(r"[a-z]+:|//", path) and not (page.parent / path).exists():
                yield f"{page.relative_to(site)} points to {address}, which is not there"
    for sheet in sorted(site.rglob("*.css")):
        for address in re.findall(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)", sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site)} loads {address}"


def main():
    site = pathlib.Path(sys.argv[1]).resolve()
    faults = sorted(set(faults_of(site)))
    print("\n".join(faults) or f"{len(list(site.rglob('*.html')))} pages: self-contained, and nothing points nowhere")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
