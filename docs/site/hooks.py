"""What mkdocs does besides, for both languages: the menu of languages leads to the same page, the navigation to the API reference."""
import os
import pathlib

from mkdocs.structure.nav import Link, Section

NAMES = {"en": "English", "zh": "中文"}


def _language(config):
    return config.theme["language"]


def _pages(language):
    root = pathlib.Path(__file__).resolve().parent.parent
    folder = root / "zh" if language == "zh" else root
    return {page.stem for page in folder.glob("*.md")} | ({"readme", "contributing"} if language == "en" else set())


def on_page_context(context, page, config, nav):
    here = _language(config)
    there = "en" if here == "zh" else "zh"
    stem = pathlib.PurePosixPath(page.file.src_uri).stem
    same = page.file.src_uri if "/" not in page.file.src_uri and stem in _pages(there) else "index.md"
    link = same.removesuffix(".md") + ".html"
    links = {here: page.url, there: f"../{link}" if there == "en" else f"zh/{link}"}
    config.extra["alternate"] = [{"name": NAMES[code], "lang": code, "link": links[code]} for code in NAMES]
    return context


def on_nav(nav, config, files):
    """The API reference is doxygen's, beside the site; SEEGRAD_API is set where it was built."""
    if not os.environ.get("SEEGRAD_API"):
        return nav
    section = next(item for item in reversed(nav.items) if isinstance(item, Section))
    in_chinese = _language(config) == "zh"
    link = Link("API（doxygen，英文）" if in_chinese else "API (doxygen)", "../api/index.html" if in_chinese else "api/index.html")
    link.parent = section
    section.children.append(link)
    return nav
