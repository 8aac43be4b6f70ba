r"""LaTeX: the plain text of what a model typeset, such as `\text{John}`, `11{,}236`, `\left(116\right)_9` or `１１６`.

Every function here goes over its text once, so that its time grows with the length.
"""

import re
import unicodedata

_STYLES = {
    "emph", "operatorname", "mbox", "hbox", "fbox", "boxed", "framebox", "underline", "overline", "underbrace", "bm",
    "boldsymbol", "pmb", "bold", "ensuremath", "displaystyle", "scriptstyle", "scriptscriptstyle", "rm", "bf", "it",
    "tt", "sf", "sc", "sl", "em", "cal", "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr",
    "Bigl", "Bigr", "tiny", "scriptsize", "footnotesize", "small", "normalsize", "large", "Large", "LARGE", "huge",
    "Huge",
    "bfseries", "itshape", "ttfamily", "rmfamily", "sffamily", "mathstrut", "strut", "limits", "nolimits", "par",
    "centering", "noindent", "verb",
}  # fmt: skip
_SPACES = {
    "quad", "qquad", "enspace", "enskip", "thinspace", "medspace", "thickspace", "negthinspace", "space",
    "nobreakspace", "hfill", "newline", "linebreak",
}  # fmt: skip
_SIGNS = {
    "approx": "≈", "simeq": "≈", "equiv": "=", "to": "→", "rightarrow": "→", "longrightarrow": "→", "Rightarrow": "→",
    "Longrightarrow": "→", "implies": "→", "mapsto": "→", "therefore": "→", "times": "×", "cdot": "·", "ldots": "…",
    "dots": "…", "cdots": "…", "dotsc": "…", "lbrace": "{", "rbrace": "}", "textunderscore": "_", "textminus": "-",
    "textendash": "-", "textbackslash": "\\", "textquotesingle": "'", "textquotedblleft": '"',
    "textquotedblright": '"', "textquotedbl": '"', "colon": ":", "textcolon": ":", "lbrack": "[", "rbrack": "]",
    "textasteriskcentered": "*", "textdollar": "$",
    "square": "□", "Box": "□",
}  # fmt: skip
_BY_SIGN = {",": " ", ";": " ", ":": " ", ">": " ", " ": " ", "\n": " ", "\\": " "}
_BY_SIGN |= dict.fromkeys("!/-()[]", "") | {sign: sign for sign in "_{}#$%&"}

# A command with an argument that is not part of the text, a command, an escaped sign, HTML that only styles, a brace.
_TOKEN = re.compile(
    r"\\(?:textcolor|color|colorbox|hspace|vspace|phantom|hphantom|vphantom|tag|label|begin|end|fontsize|kern)\*?"
    r"(?:\[[^\]{}]{0,40}\])?\s?\{[^{}]{0,80}\}"
    r"|\\(?:left|right)\.|\\(?P<name>[A-Za-z]+)\*?|\\(?P<sign>[\s\S])|<(?P<tag>/?(?:b|i|u|em|strong|code|tt|br|sub))\s?/?>|[{}$~]"
)
_WIDE = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]+")
_SUBSCRIPT = re.compile("[₀-₎]+")
_MARKS = str.maketrans(
    dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2005\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " ")
    | dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\ufeff\u00ad"), "")
    | dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2013\ufe63\uff0d"), "-")
)
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", "0123456789+-=()")


def plain_text(text: str) -> str:
    r"""The text without LaTeX's commands for style and space, its groups and escapes, and with plain characters.

    A subscript is written with "_": `116_{9}` and `116₉` are "116_9". An unknown command stays as it is.

    >>> plain_text(r"\text{John}\ \textbf{sees}~{Mary}")
    'John sees Mary'
    >>> plain_text(r"$\left(11{,}236\right)_{10}$")
    '(11,236)_10'
    """
    return plain_characters(_TOKEN.sub(_plain, text))


def plain_characters(text: str) -> str:
    """The text with ASCII in place of other digits, full-width and mathematical letters, minus signs and spaces.

    >>> plain_characters("１１６₉ − 𝟓")
    '116_9 - 5'
    """
    if text.isascii():
        return text
    text = text.translate(_MARKS)
    text = _SUBSCRIPT.sub(lambda found: "_" + found[0].translate(_SUBSCRIPTS), text)
    text = _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return re.sub(r"\d", lambda found: str(unicodedata.decimal(found[0])), text)


def _plain(token: re.Match[str]) -> str:
    name, sign, tag = token["name"], token["sign"], token["tag"]
    if name:
        if name in _STYLES or (name.startswith(("text", "math")) and name not in _SIGNS):
            return ""
        return " " if name in _SPACES else _SIGNS.get(name, token[0])
    if sign:
        return _BY_SIGN.get(sign, token[0])
    if tag:
        return "_" if tag == "sub" else " " if tag == "br" else ""
    return " " if token[0] == "~" else ""
