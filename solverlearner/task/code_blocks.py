"""Code blocks: what a reply fences off, by CommonMark. One reader for programs and for literals."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class CodeBlock:
    """A block of code: its content, and the words behind its fence ("python" as a rule), "" where there are none."""

    content: str
    info: str = ""

    @property
    def language(self) -> str:
        """The first word behind the fence in lower case, without what markdown dialects put around it.

        >>> CodeBlock("", '{.Python title="solver.py"}').language
        'python'
        """
        word = self.info.replace("{", " ").replace("}", " ").replace(",", " ").split()
        return word[0].lstrip(".").partition(":")[0].lower() if word else ""


def code_blocks(text: str) -> Iterator[CodeBlock]:
    r"""The fenced and the indented blocks of a reply, in order.

    Fences follow CommonMark, so `~~~`, longer ones, and those in lists and quotes count, and one that is never closed
    ends with the reply. HTML opens no block of its own here: a line `<answer>` before a fence is text.

    >>> [block.content for block in code_blocks("So:\n```python\nx = 1\n```\n")]
    ['x = 1\n']
    """
    from markdown_it import MarkdownIt  # here, so that it is imported while replies are waited for

    # Inline marks are never looked at: nothing here needs them, and they take the most time.
    reader = MarkdownIt("commonmark").disable(["html_block", "reference", "lheading", "inline", "text_join"])
    for token in reader.parse(text):
        if token.type in ("fence", "code_block"):
            yield CodeBlock(token.content, token.info.strip())
