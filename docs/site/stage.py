#!/usr/bin/env python3
"""Lays the pages where mkdocs builds from: build/docs_pages/en and build/docs_pages/zh.

Pages of docs/ are written to be read where they lie, so they link to the README, to sources and to folders. On the site README.md and
CONTRIBUTING.md are pages, and a source that a page links to becomes a page that shows it. The Chinese site has its own pages, and the
English ones that have no Chinese form.
"""
import argparse
import pathlib
import re
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
RENAMED = {ROOT / "README.md": "readme.md", ROOT / "CONTRIBUTING.md": "contributing.md"}
LANGUAGE_OF_ENDING = {".cpp": "cpp", ".hpp": "cpp", ".cu": "cuda", ".py": "python", ".sh": "bash", ".cmake": "cmake", ".json": "json",
                      ".md": "markdown", ".yml": "yaml", ".txt": "cmake"}
LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\]\((?P<target>[^)\s]+)(?P<title>\s+\"[^\"]*\")?\)")
CODE = re.compile(r"^(?P<fence>```+|~~~+)[^\n]*\n.*?^(?P=fence)[ \t]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


class Site:
    def __init__(self, language, folder):
        self.language, self.folder = language, folder
        self.sources = set()
        own = DOCS if language == "en" else DOCS / "zh"
        self.pages = {path: path.name for path in pages_in(own)}  # file in the repository: where on the site
        if language == "zh":
            self.pages |= {path: path.name for path in pages_in(DOCS) if not (own / path.name).exists()}
        self.pages |= RENAMED

    def build(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        shutil.copytree(DOCS / "pictures", self.folder / "pictures", ignore=shutil.ignore_patterns("*.md"))
        assets = self.folder / "assets"
        assets.mkdir()
        for name in ("site.css", "iframe-worker.js"):
            shutil.copy(DOCS / "site" / name, assets / name)
        for source, place in self.pages.items():
            (self.folder / place).write_text(self.converted(source), encoding="utf-8")
        for source in self.sources:  # pages about files have links of their own only in listings
            self.show(source)

    def converted(self, source):
        text = source.read_text(encoding="utf-8")
        text = re.sub(r"<img ([^>]*)src=\"\.\./pictures/", r'<img \1src="pictures/', text) if self.language == "zh" else text
        pieces, at = [], 0
        for code in CODE.finditer(text):  # what stands in code is no link
            if "](" in code.group(0) or code.group("fence"):
                pieces += [self.relinked(text[at:code.start()], source), code.group(0)]
                at = code.end()
        return "".join(pieces) + self.relinked(text[at:], source)

    def relinked(self, text, source):
        return LINK.sub(lambda match: self.link(match, source), text)

    def link(self, match, source):
        target, text = match["target"], self.relinked(match["text"], source)  # a picture may be the text of a link
        if re.match(r"[a-z]+:|#", target):
            return match.group(0)
        path, _, anchor = target.partition("#")
        anchor = f"#{anchor}" if anchor else ""
        file = (source.parent / path).resolve()
        if (place := self.pages.get(file)) is not None:
            return f"{match['image']}[{text}]({place}{anchor})"
        if file.suffix == ".md" and file.exists() and file.parent == (DOCS if self.language == "zh" else DOCS / "zh"):
            up = "../" if self.language == "zh" else "zh/"  # the other language; English pages without a Chinese form were found above
            return f'<a href="{up}{file.stem}.html{anchor}">{text}</a>'
        if DOCS / "pictures" in file.parents and file.suffix != ".md":
            return f"{match['image']}[{text}]({file.relative_to(DOCS).as_posix()}{anchor})"
        if not file.exists() or ROOT not in file.parents or file.parent in (DOCS, DOCS / "zh"):
            return match.group(0)  # mkdocs will say that there is no such file
        self.take(file)
        return f"[{text}]({self.place_of(file)})"

    @staticmethod
    def place_of(file):
        path = file.relative_to(ROOT).as_posix()
        return f"source/{path}/index.md" if file.is_dir() else f"source/{path}.md"

    def take(self, file):
        self.sources.add(file)
        if file.is_dir():
            self.sources |= {entry for entry in shown_entries(file)}

    def show(self, file):
        path = file.relative_to(ROOT).as_posix()
        place = self.folder / self.place_of(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        head = f"---\ntitle: {path}\nsearch:\n  exclude: true\nhide:\n  - toc\n---\n\n# {path}\n\n"
        if file.is_dir():
            body = "".join(f"- [{entry.name}]({entry.name}.md)\n" for entry in shown_entries(file))
        else:
            text = file.read_text(encoding="utf-8")
            fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=0))
            body = f"{fence}{LANGUAGE_OF_ENDING.get(file.suffix, 'text')}\n{text.rstrip()}\n{fence}\n"
        place.write_text(head + body, encoding="utf-8")


def pages_in(folder):
    return [path for path in sorted(folder.glob("*.md")) if not path.name.endswith(".template.md")]


def shown_entries(folder):
    """Files of a folder that can be shown as text."""
    for entry in sorted(folder.iterdir()):
        if entry.is_file() and not entry.name.startswith(".") and entry.stat().st_size < 200_000 and b"\0" not in entry.read_bytes():
            yield entry


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="for en/ and zh/")
    arguments = parser.parse_args()
    for language in ("en", "zh"):
        site = Site(language, arguments.folder / language)
        site.build()
        print(f"{language}: {len(site.pages)} pages, {len(site.sources)} sources")


if __name__ == "__main__":
    main()
