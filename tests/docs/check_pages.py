#!/usr/bin/env python3
"""Do the pages (README.md, CONTRIBUTING.md, docs/**/*.md) say what is so?

    check_pages.py                        links, anchors, pictures, lists, code, Chinese beside English
    check_pages.py --programs EXAMPLES    also: does every command name an example and flags that it has? EXAMPLES: the folder of programs
    check_pages.py --run EXAMPLES         also runs every command of the pages, with less of everything
    check_pages.py --self-test            are planted faults found?

Commands are the lines that begin with "$ " in blocks marked ```console; in blocks without a mark only lines with ./run.sh are looked at.
A command is one of `other_commands` or `./run.sh [EXAMPLE] flags`; with --run it works in a folder of its page's own in which the runs that
it names exist, and gets the settings of `quick` in place of its own. One that is meant to fail says so: "# exit code 2".
"""
import argparse
import collections
import concurrent.futures
import functools
import json
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ENGLISH_ONLY = {"formulas", "nine_properties", "report", "diagnosis", "results"}

# Other commands that may stand in a page, and what is looked at. They are not run.
other_commands = {
    "./test.sh": "exists", "cmake": "free", "ctest": "free", "git": "free", "cd": "free", "cp": "free", "pip": "free", "less": "free",
    "cat": "free", "head": "free", "tail": "free", "grep": "free", "column": "free", "wc": "free",
    "tensorboard": "free", "nvidia-smi": "free", "ncu": "free", "nsys": "free", "compute-sanitizer": "free",
    "python3": "file", "bash": "file",  # what follows is a file of the repository, or -c or -m
}

# With --run: the value that a flag gets where the program has it, whatever the page says.
quick = {"--epochs": "1", "--train-samples": "500", "--data": "digits", "--threads": "1",
         "--rows": "64", "--cols": "256", "--runs": "2"}
quick_switches = ("--quick", "--quiet")
run_limit_s = 300


# --- a page ---

Command = collections.namedtuple("Command", "line text")
fence_line = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w+-]*)")
link = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\]\(<?(?P<target>[^)\s>]*)>?(?:\s+\"[^\"]*\")?\)")
number_marker = re.compile(r"<!--\s*([a-z][a-z0-9_]*:\S+)\s+(\S+)\s*-->")


class Page:
    def __init__(self, path, place):
        self.path, self.name = path, path.relative_to(place).as_posix()
        self.prose, self.blocks = [], []  # (line, text) outside of code; (line, language, [(line, text)])
        self.faults_of_form = []
        fence = None
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = fence_line.match(text)
            if fence is None and found:
                fence, block = found["fence"], (number, found["language"], [])
                self.blocks.append(block)
            elif fence is not None and found and found["fence"].startswith(fence) and text.strip(" `~") == "":
                fence = None
            elif fence is not None:
                block[2].append((number, text))
            else:
                self.prose.append((number, text))
        if fence is not None:
            self.faults_of_form.append((block[0], "this block of code has no end"))

    @functools.cached_property
    def text(self):  # without code; code spans keep their room
        return [(number, re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", lambda span: "\0" * len(span.group(0)), text)) for number, text in self.prose]

    @functools.cached_property
    def headings(self):  # (line, level, text)
        found = [(number, re.match(r"(#{1,6})\s+(.+?)\s*#*$", text)) for number, text in self.prose]
        return [(number, len(match[1]), match[2]) for number, match in found if match]

    @functools.cached_property
    def anchors(self):
        names, seen = set(), collections.Counter()
        for _, _, heading in self.headings:
            slug = slug_of(heading)
            names.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
        for _, text in self.prose:
            names |= set(re.findall(r"<\w+[^>]*\s(?:id|name)=\"([^\"]+)\"", text))
            names |= set(re.findall(r"\{:?\s*#([\w-]+)", text))
        return names

    @functools.cached_property
    def links(self):  # (line, target, alternative text or None); a picture may be the text of a link
        found = []

        def search(line, text):
            for match in link.finditer(text):
                found.append((line, match["target"], match["text"] if match["image"] else None))
                if not match["image"]:
                    search(line, match["text"])

        for line, text in self.text:
            search(line, text)
            for tag in re.findall(r"<img\b[^>]*>", text):
                source, alternative = re.search(r'src="([^"]*)"', tag), re.search(r'alt="([^"]*)"', tag)
                found.append((line, source[1] if source else "", alternative[1] if alternative else ""))
            found += [(line, target, None) for target in re.findall(r'<a\b[^>]*href="([^"]*)"', text)]
        return found

    @functools.cached_property
    def console(self):
        """The commands of ```console blocks, a command that goes on after a backslash in one piece."""
        commands = []
        for _, language, lines in self.blocks:
            if language != "console":
                continue
            pieces, begun = [], 0
            for line, text in lines:
                text = text.strip()
                if not pieces and not text:
                    continue
                if not pieces and not text.startswith("$ "):
                    self.faults_of_form.append((line, f"a line of a console block begins with '$ '; output is not pasted: {text}"))
                    continue
                begun = begun if pieces else line
                pieces.append(text.removeprefix("$ ").removesuffix("\\").strip())
                if not text.endswith("\\"):
                    commands.append(Command(begun, " ".join(pieces)))
                    pieces = []
            if pieces:
                self.faults_of_form.append((begun, "this command goes on after its block's end"))
        return commands

    @functools.cached_property
    def other_run_lines(self):
        """./run.sh in blocks without a mark, as in the README."""
        return [Command(line, text.strip()) for _, language, lines in self.blocks if not language
                for line, text in lines if text.strip().startswith("./run.sh")]

    @functools.cached_property
    def markers(self):
        return number_marker.findall("\n".join(text for _, text in self.text))


def slug_of(heading):
    """As GitHub makes anchors, and mkdocs is told to."""
    heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"<!--.*?-->|</?\w[^>]*>", "", heading))
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-")


# --- a tree of pages ---

class Tree:
    def __init__(self, place, programs=None):
        self.place, self.programs = place, programs
        paths = [place / "README.md", place / "CONTRIBUTING.md", *sorted((place / "docs").rglob("*.md"))]
        self.pages = {path: Page(path, place) for path in paths if path.exists() and not path.name.endswith(".template.md")}
        self.faults = []

    def fault(self, page, line, what):
        self.faults.append(f"{page.name}:{line}: {what}")

    def check(self):
        for page in self.pages.values():
            self.check_links(page)
            self.check_form(page)
            self.check_code(page)
            for command in page.console:
                self.check_command(page, command, False)
            for command in page.other_run_lines:
                self.check_command(page, command, True)
            for line, what in page.faults_of_form:
                self.fault(page, line, what)
        self.check_languages()
        self.check_pictures()
        self.check_results()
        return self.faults

    # Links and pictures

    def check_links(self, page):
        for line, target, alternative in page.links:
            if alternative is not None and len(alternative.strip()) < 3:
                self.fault(page, line, f"the picture {target} has no text for those who do not see it")
            if re.match(r"(https?|mailto):", target):
                continue
            path, _, anchor = urllib.parse.unquote(target).partition("#")
            if not target or path.startswith("/"):
                self.fault(page, line, f"'{target}' is no relative link")
                continue
            file = (page.path.parent / path).resolve() if path else page.path
            if not file.exists():
                self.fault(page, line, f"{target}: there is no such file")
            elif self.place.resolve() not in file.parents:
                self.fault(page, line, f"{target} leads out of the repository")
            elif anchor and file.suffix == ".md" and anchor not in self.anchors_of(file):
                self.fault(page, line, f"{target}: that page has no heading for #{anchor}")

    def anchors_of(self, file):
        for path, page in self.pages.items():
            if path.resolve() == file:
                return page.anchors
        return Page(file, self.place).anchors

    def check_pictures(self):
        """Every picture is shown somewhere, and a script that docs/pictures/README.md names makes it."""
        folder = self.place / "docs/pictures"
        if not folder.exists():
            return
        shown = {(page.path.parent / target).resolve() for page in self.pages.values() for _, target, _ in page.links}
        listing = self.pages.get(folder / "README.md")
        rows = [re.findall(r"`([^`]+)`", text) for _, text in listing.prose if text.startswith("|")] if listing else []
        makers = {picture: row[-1] for row in rows if len(row) > 1 for picture in row[:-1]}
        for picture in sorted(path for path in folder.iterdir() if path.suffix in (".svg", ".png", ".jpg", ".webp")):
            name = picture.relative_to(self.place).as_posix()
            lesson = self.place / "examples" / f"{picture.stem}.cpp"
            if makers.get(picture.name):
                script = self.place / makers[picture.name]
                if not script.exists() or picture.stem not in script.read_text(encoding="utf-8"):
                    self.faults.append(f"{name}: {makers[picture.name]} is said to make it (docs/pictures/README.md), and does not name it")
            elif not (lesson.exists() and re.search(r'seegrad/train/lesson\.hpp|"lesson\.json"', lesson.read_text(encoding="utf-8"))):
                self.faults.append(f"{name}: no lesson of this name makes it, nor a script that docs/pictures/README.md names")
            if picture.resolve() not in shown:
                self.faults.append(f"{name}: no page shows it")

    def check_results(self):
        """docs/results.md has a row for each claim of experiments/*.json, in their order, and no other."""
        page = self.pages.get(self.place / "docs/results.md")
        if page is None:
            return
        claims = [(path.stem, " ".join(claim["says"].split())) for path in sorted((self.place / "experiments").glob("*.json"))
                  for claim in json.loads(path.read_text(encoding="utf-8"))["claims"]]
        rows = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", text)[1:-1]] for _, text in page.prose
                if text.startswith("|")][2:]
        told = [(row[0], row[2].replace("±", "+-")) for row in rows]
        if told != [(name, says.replace("±", "+-")) for name, says in claims]:
            self.fault(page, 1, f"its rows are not the claims of experiments/: {difference(claims, told)}")

    # What reads differently in different readers of Markdown

    def check_form(self, page):
        before = ""
        for line, text in page.prose:
            item = re.match(r"\s*([-*+]|\d+\.)\s", text)
            indented_or_item = re.match(r"\s+\S|\s*([-*+]|\d+\.)\s", before)
            if item and before.strip() and not indented_or_item and not before.startswith(("#", "<", "|")):
                self.fault(page, line, "a list needs an empty line before it (mkdocs)")
            if text.startswith("|") and before.strip() and not before.startswith("|"):
                self.fault(page, line, "a table needs an empty line before it (mkdocs)")
            if "<details" in text and 'markdown="1"' not in text:
                self.fault(page, line, '<details markdown="1"> is how mkdocs reads what stands in it')
            if before.lstrip().startswith("<details") and text.strip() and not text.lstrip().startswith("<summary"):
                self.fault(page, line, "after <details> and <summary> comes an empty line")
            before = text
        joined = "\n".join(text for _, text in page.prose)
        if joined.count("<details") != joined.count("</details>"):
            self.fault(page, 1, "<details> and </details> are not as many")

    def check_code(self, page):
        for line, language, lines in page.blocks:
            source = "\n".join(text for _, text in lines)
            try:
                if language in ("python", "py"):
                    compile(source, page.name, "exec")
                elif language == "json":
                    json.loads(source)
            except (SyntaxError, ValueError) as error:
                self.fault(page, line, f"this {language} cannot be read: {error}")

    # Commands

    def check_command(self, page, command, loose):
        for words in pieces_of(command.text, self, page, command):
            what = self.fault_of(words, loose)
            if what:
                self.fault(page, command.line, f"{what}: $ {command.text}")

    def fault_of(self, words, loose):
        program = words[0]
        if program == "./run.sh":
            return self.fault_of_flags(*example_and_flags(words), loose)
        if re.match(r"[A-Z_]+=", program):
            return self.fault_of(words[1:], loose) if len(words) > 1 else None
        how = other_commands.get(program)
        if how == "free":
            return None
        if how == "file" and len(words) > 1 and words[1] in ("-c", "-m"):
            return None
        path = words[1] if how == "file" and len(words) > 1 else program
        if how or re.match(r"\.?/?(scripts|tests|benchmarks|datasets|docs)/", path):
            return None if (self.place / path).exists() else f"there is no {path}"
        if program.startswith("build/"):
            return None  # made by a build
        return f"{program} is none of the commands that pages use (tests/docs/check_pages.py)"

    def fault_of_flags(self, example, flags, loose):
        if not (self.place / "examples" / f"{example}.cpp").exists():
            return f"there is no example {example}"
        if self.programs is None:
            return None
        known = self.flags_of(example)
        if known is None:
            return f"the program {example} is not built, or has no --help"
        given = collections.Counter()
        for word in flags:
            name = word.split("=")[0]
            if name.startswith("--") or re.fullmatch(r"-[a-z]", name):
                given[name] += 1
                if name not in known:
                    return f"{example} has no flag {name}"
                if given[name] > 1:
                    return f"{name} is given twice"
        for index, word in enumerate(flags):
            if word in known and known[word] and not loose and (index + 1 == len(flags) or flags[index + 1].startswith("--")):
                return f"{word} wants a value"
        return None

    @functools.lru_cache(maxsize=None)
    def flags_of(self, example):
        """Flag -> does it take a value?"""
        try:
            text = subprocess.run([self.programs / example, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        found = {"-h": False, "--help": False}
        for match in re.finditer(r"^ +(--[a-z][a-z-]*)(?:[ =](\S*))?", text, re.MULTILINE):
            found.setdefault(match[1], bool(match[2]))
        return found

    # Languages

    def check_languages(self):
        docs = self.place / "docs"
        if not (docs / "zh").exists():
            return
        for path, page in self.pages.items():
            if path.parent == docs / "zh" and docs / path.name not in self.pages:
                self.fault(page, 1, "there is no English page of this name")
            if path.parent != docs or path.stem in ENGLISH_ONLY:
                continue
            other = self.pages.get(docs / "zh" / path.name)
            if other is None:
                self.fault(page, 1, f"there is no docs/zh/{path.name}")
                continue
            for what, here, there in (
                    ("levels of headings", [level for _, level, _ in page.headings], [level for _, level, _ in other.headings]),
                    ("commands", [bare(command.text) for command in page.console], [bare(command.text) for command in other.console]),
                    ("pictures", pictures_of(page), pictures_of(other)),
                    ("numbers", sorted(page.markers), sorted(other.markers)),
                    ("solutions", details_of(page), details_of(other)),
                    ("other code", codes_of(page), codes_of(other))):
                if here != there:
                    self.fault(other, 1, f"{what} are not those of docs/{path.name}: {difference(here, there)}")


def bare(command):
    return " ".join(words_of(command))


def details_of(page):
    return sum("<details" in text for _, text in page.prose)


def codes_of(page):
    return [language for _, language, _ in page.blocks if language != "console"]


def pictures_of(page):
    return [target.rsplit("/", 1)[-1] for _, target, alternative in page.links if alternative is not None]


def difference(here, there):
    if not isinstance(here, list):
        return f"{there} in place of {here}"
    at = next((i for i, (a, b) in enumerate(zip(here, there)) if a != b), min(len(here), len(there)))
    return f"{len(there)} in place of {len(here)}; the first that differs: " + \
           f"{there[at] if at < len(there) else 'none'} in place of {here[at] if at < len(here) else 'none'}"


def words_of(command):
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()


def pieces_of(command, tree=None, page=None, at=None):
    """The commands between | && ; and what they are written to, each as words."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    pieces, skip = [[]], False
    try:
        for word in lexer:
            if skip:
                skip = False
            elif set(word) <= set("|&;"):
                pieces.append([])
            elif set(word) <= set("<>"):
                skip = True
            else:
                pieces[-1].append(word)
    except ValueError as error:
        if tree:
            tree.fault(page, at.line, f"a shell cannot read this ({error}): $ {command}")
        return []
    return [piece for piece in pieces if piece]


def example_and_flags(words):
    return (words[1], words[2:]) if len(words) > 1 and not words[1].startswith("-") else ("train_mlp", words[1:])


# --- running commands ---

def a_picture():
    """A grey picture of 28 x 28 pixels with a bright square, as PNG."""
    rows = b"".join(b"\0" + bytes(255 if 8 < x < 20 and 6 < y < 22 else 20 for x in range(28)) for y in range(28))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
                                           for kind, data in chunks)


class Runner:
    def __init__(self, tree, scratch):
        self.tree, self.scratch, self.results = tree, scratch, []
        self.fixture = scratch / "a_run"
        self.done = {}  # what two pages, or two commands made lighter, have in common runs once
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        if (tree.programs / "train_mlp").exists():
            code, text = self.execute("train_mlp", ["--data", "digits", "--train-samples", "300", "--epochs", "1", "--quiet",
                                                    "--out", str(self.fixture)], scratch)
            if code:
                raise SystemExit(f"check_pages: there is no run to look at: {text}")

    def execute(self, example, flags, place):
        try:
            done = subprocess.run([self.tree.programs / example, *flags], cwd=place, env=self.environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, errors="replace", timeout=run_limit_s, check=False)
            return done.returncode, (done.stderr or done.stdout)[-600:]
        except subprocess.TimeoutExpired:
            return -1, f"not done after {run_limit_s} s"
        except OSError as error:
            return -1, str(error)

    def run_all(self, jobs):
        pages = [page for page in self.tree.pages.values() if page.console and "zh" not in page.path.relative_to(self.tree.place).parts]
        seen, work = set(), []
        for page in pages:
            chosen = []
            for command in page.console:
                for words in pieces_of(command.text):
                    if words[0] != "./run.sh":
                        continue
                    depends = any(word.startswith("runs/") or word == "--out" for word in words)  # on what stood there before
                    if depends or tuple(words) not in seen:
                        chosen.append((command, words))
                        seen.add(tuple(words))
            work.append((page, chosen))
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for results in pool.map(lambda task: self.run_page(*task), work):
                self.results += results
        return self.results

    def run_page(self, page, commands):
        place = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        results = []
        for command, words in commands:
            example, flags = example_and_flags(words)
            if self.tree.fault_of_flags(example, flags, False):
                continue  # said before
            started = time.monotonic()
            used, code, text = self.run_one(example, flags, place)
            seconds = time.monotonic() - started
            no_gpu = code == 1 and "cuda" in " ".join(flags) and re.search(r"NVIDIA|no GPU|CUDA", text)
            results.append((page, command, [example, *used], code, text, seconds, bool(no_gpu)))
        shutil.rmtree(place, ignore_errors=True)
        return results

    def run_one(self, example, flags, place):
        flags, added = self.lighter(example, flags, place)
        while True:
            key = (example, *flags, *(re.sub(r".*/tmp\w+/run$", "run", word) for word in added))
            alone = not any(word.startswith("runs/") or word == "--out" for word in flags)
            code, text = self.done[key] if alone and key in self.done else self.execute(example, [*flags, *added], place)
            self.done[key] = code, text
            refused = [flag for flag in added if flag.startswith("--") and re.search(rf"{flag}\b", text)] if code == 2 else []
            if not refused:  # a program may refuse what goes ill with the page's own flags
                return [*flags, *added], code, text
            at = added.index(refused[0])
            del added[at:at + (1 if refused[0] in quick_switches else 2)]

    def lighter(self, example, flags, place):
        known, kept, added = self.tree.flags_of(example), [], []
        resumed = any(word.split("=")[0] == "--resume" for word in flags)
        index = 0
        while index < len(flags):
            name = flags[index].split("=")[0]
            width = 2 if known.get(name) and "=" not in flags[index] else 1
            if name in quick or name in quick_switches:
                index += width
                continue
            kept += flags[index:index + width]
            index += width
        values = {"--epochs": "2", "--threads": "1"} if resumed else quick
        for name, value in values.items():
            if name in known and not (name == "--data" and "--train-samples" not in known):
                added += [name, value]
        if not any(flag.split("=")[0] in ("--json", "--at", "--csv", "--live") for flag in kept):
            added += [name for name in quick_switches if name in known and not (resumed and name == "--quick")]
        elif "--quick" in known:
            added.append("--quick")
        if "--log-every" in known and "--out" in known and "--out" not in " ".join(kept) and not resumed:
            added += ["--out", tempfile.mkdtemp(dir=place) + "/run"]
        for before, word in zip(["", *kept], kept):
            self.provide(before, word.split("=", 1)[-1], place)
        return kept, added

    def provide(self, before, word, place):
        """What a command reads: a run of that name, a picture."""
        path = place / word
        if re.fullmatch(r"[\w./-]+\.(png|jpe?g|bmp)", word) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(a_picture())
        elif word.startswith("runs/") and before not in ("--out", "--onnx", "--npy") and not path.exists() and self.fixture.exists():
            name = pathlib.PurePosixPath(word)
            path = place / (name.parent if name.suffix == ".safetensors" else name)
            shutil.copytree(self.fixture, path, dirs_exist_ok=True)


def run_commands(tree):
    with tempfile.TemporaryDirectory(prefix="seegrad_pages_") as scratch:
        results = Runner(tree, pathlib.Path(scratch)).run_all(os.cpu_count() or 1)
    faults = []
    for page, command, used, code, text, seconds, no_gpu in results:
        announced = re.search(r"#.*\bexit code (\d+)", command.text)
        outcome = "passed" if code == (int(announced[1]) if announced else 0) else "left out (no GPU)" if no_gpu else "FAILED"
        print(f"{outcome:8} {seconds:5.1f} s  {page.name}:{command.line}: $ {command.text}")
        if outcome == "FAILED":
            faults.append(f"{page.name}:{command.line}: exit code {code} of {shlex.join(used)}:\n{text.strip()}\n  $ {command.text}")
    print(f"{len(results)} commands, {len(faults)} failed")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--run", type=pathlib.Path, metavar="PROGRAMS")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        import check_pages_test
        return check_pages_test.main()
    programs = arguments.run or arguments.programs
    tree = Tree(ROOT, programs.resolve() if programs else None)
    faults = tree.check()
    if arguments.run:
        faults = faults + run_commands(tree)
    print("\n".join(faults))
    print(f"{len(tree.pages)} pages, {sum(len(page.console) for page in tree.pages.values())} commands: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
