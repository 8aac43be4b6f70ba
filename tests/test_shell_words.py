"""Commands in the documents, in messages and in help work when they are pasted into bash and into zsh."""

import ast
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from solverlearner.cli.next_steps import command

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("results/**/README.md")]
SOURCES = sorted(
    [*ROOT.glob("solverlearner/**/*.py"), *ROOT.glob("tasks/*.py"), *ROOT.glob("solverlearner/conf/**/*.yaml")]
)

# What zsh or bash would replace, refuse or run in a word that stands without quotes. Unquoted brackets are a pattern in
# zsh, which then refuses a command where no file has such a name; braces with a comma become several words in both.
PATTERN = re.compile(r"[\[\]{}*?~^#$!()]")
OPTION = re.compile(r"(?<![\w'\"/.$-])[a-z][a-z_.]*=(?=[\[{](?![\"']))")


def commands_of(text):
    """The commands in the code blocks of a Markdown document, continued lines joined, prompts and comments left out."""
    for block in re.findall(r"^```(?:bash|sh|console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from _lines(block)
    yield from _lines("\n".join(re.findall(r"^    (\S.*)$", text, re.MULTILINE)))


def _lines(block):
    for line in re.sub(r"\\\n\s*", " ", block).splitlines():
        if re.match(r"(\$ )?([A-Z_]+=\S+ )*(\S*python\S* -m solverlearner|solverlearner) ", line):
            yield line.removeprefix("$ ")


def unquoted(line):
    """The line without what stands in quotes, without its comment, redirections and variables."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", line)
    return re.sub(r"\s#.*|\s~/|=~/", " ", bare)


def documents_commands():
    return [(path, line) for path in DOCUMENTS for line in commands_of(path.read_text("utf-8"))]


@pytest.mark.skipif(not (ROOT / "docs").exists(), reason="the source distribution has no docs/")
def test_there_are_commands_in_the_documents():
    assert len(documents_commands()) > 50


@pytest.mark.parametrize(("path", "line"), documents_commands(), ids=lambda value: str(value)[-60:])
def test_a_command_in_a_document_can_be_pasted(path, line):
    assert not PATTERN.search(unquoted(line)), f"{path.name}: quote the words of: {line}"
    shlex.split(line, comments=True)


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_takes_every_command_word_for_word():
    for _, line in documents_commands():
        words = shlex.split(line, comments=True)
        told = subprocess.run(["zsh", "-fic", f"print -rl -- {line}"], capture_output=True, text=True, check=True)
        assert told.stdout.splitlines() == words


def inline(text):
    """Code within sentences, without code blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_word_with_brackets_in_a_sentence_has_quotes(path):
    assert [code for code in inline(path.read_text("utf-8")) if OPTION.search(code)] == []


def texts_of(path):
    """What a source says to people: its texts, with what is filled in left out; or the comments of a YAML file."""
    source = path.read_text("utf-8")
    if path.suffix == ".yaml":
        return re.findall(r"#(.*)$", source, re.MULTILINE)
    tree = ast.parse(source)
    docs = {id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    plain = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
             and id(node) not in docs | parts]  # fmt: skip
    return plain + [
        "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values) for node in joined
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_word_with_brackets_in_a_message_has_quotes(path):
    # A word at the beginning of a message is the one that was typed; behind other words it is what to type.
    bad = [text for text in texts_of(path) if re.search(r"\S.*\s\(?" + OPTION.pattern + r"[\[{][\w$]", text)]
    assert bad == []


@pytest.mark.parametrize("word", ["results=a b", "settings=[io]", "path=~/x", "headers={k:$V}", "out=a'b", "x=*"])
def test_our_own_commands_are_quoted(word):
    line = command("run", word)
    assert shlex.split(line)[-1] == word
    assert not PATTERN.search(unquoted(line))
