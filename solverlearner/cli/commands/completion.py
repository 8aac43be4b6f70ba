"""completion: print a script with which bash, zsh or fish completes commands, options and their values."""

import sys
from collections.abc import Iterable, Sequence

from solverlearner.cli.conf_files import folders, members
from solverlearner.cli.declared import DeclaredOptions
from solverlearner.cli.main import commands
from solverlearner.errors import warn

_HELP = """\
python -m solverlearner completion bash|zsh|fish

Print a script with which a shell completes commands, options, tasks, models, settings and experiments. To use it now,
and in every later shell from the file that is named behind:

  eval "$(python -m solverlearner completion bash)"    ~/.bashrc
  eval "$(python -m solverlearner completion zsh)"     ~/.zshrc, behind compinit
  python -m solverlearner completion fish | source     ~/.config/fish/config.fish

It works behind `solverlearner` and `python -m solverlearner`.
"""
_BASH = """\
_solverlearner() {
    local IFS=$'\\n' line="${COMP_LINE:0:COMP_POINT}"
    COMPREPLY=()
    [[ $line == *solverlearner* ]] || return
    COMPREPLY=($(PYTHON -m solverlearner completion words "$line" 2>/dev/null))
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o bashdefault -o default -F _solverlearner solverlearner python python3
"""
_ZSH = """\
_solverlearner() {
    local line="${(j: :)words[1,CURRENT-1]} ${PREFIX}"
    local -a found
    found=("${(@f)$(PYTHON -m solverlearner completion words "$line" 2>/dev/null)}")
    compset -P '*='
    found=(${found:#})
    if (( ! $#found )); then _files; return; fi
    compadd -S '' -- ${(M)found:#*=}
    compadd -- ${found:#*=}
}
_solverlearner_module() {
    if [[ "${words[2]} ${words[3]}" == "-m solverlearner" ]]; then _solverlearner; else _python "$@"; fi
}
autoload -Uz _python
compdef _solverlearner solverlearner
compdef _solverlearner_module python python3
"""
_FISH = """\
function __solverlearner
    set -l head (string match -r '^.*=' -- (commandline -ct))
    for each in (PYTHON -m solverlearner completion words (commandline -cp | string collect) 2>/dev/null)
        echo "$head$each"
    end
end
complete -c solverlearner -a '(__solverlearner)'
complete -c python -n 'string match -q -- "* -m solverlearner *" (commandline -cp)' -a '(__solverlearner)'
complete -c python3 -n 'string match -q -- "* -m solverlearner *" (commandline -cp)' -a '(__solverlearner)'
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_FIRST_WORDS = {
    "list": ("tasks", "models", "settings", "experiments", "learners"),
    "export": ("inspect", "hf", "sft"),
    "completion": tuple(_SCRIPTS),
    "new": ("task", "model", "prompts"),
}


def main(words: Sequence[str]) -> int:
    """Print the script, or for `words LINE` what may stand at the end of a line; gives 0, or 2 for a wrong word."""
    if not words or {"-h", "--help"} & {*words}:
        print(_HELP, end="")
    elif words[0] == "words" and len(words) == 2:
        print("\n".join(completed(words[1])))
    elif len(words) == 1 and words[0] in _SCRIPTS:
        print(_SCRIPTS[words[0]].replace("PYTHON", f"'{sys.executable}'"), end="")
    else:
        how = "`python -m solverlearner completion --help` says how to use it"
        warn(f"completion {words[0]}: must be one of {', '.join(_SCRIPTS)}; {how}")
        return 2
    return 0


def completed(line: str) -> list[str]:
    """What may follow a command line, as bash wants it: of `task=ar` only the part after the "=".

    >>> completed("solverlearner run task=ar")
    ['arith']
    """
    _, _, rest = line.rpartition("solverlearner")
    words = rest.split(" ")[1:]
    given, current = [word for word in words[:-1] if word], words[-1] if words else ""
    if not given:
        return _beginning(current, [*commands(), "--help", "--version"])
    if given[0] not in commands():
        return []
    if (folders()[0] / f"{given[0]}.yaml").is_file() and (len(given) > 1 or given[0] != "export"):
        return _of_options(DeclaredOptions(given[0], given[1:]), current)
    return _beginning(current, _FIRST_WORDS.get(given[0], ()) if len(given) == 1 else ())


def _of_options(options: DeclaredOptions, current: str) -> list[str]:
    key, sign, value = current.partition("=")
    if not sign:
        there = [f"{name}=" for name in options.names if options.is_chosen(name)]
        return _beginning(current, [*there, "--help"])
    declared = options.find(key)
    if declared is None:
        return []
    begun = value.rpartition(",")[0] + "," if "," in value else ""
    values = {"group": members(key, options.words), "switch": ("true", "false")}.get(declared.kind, ())
    if key == "settings":
        from solverlearner.design.setting import ASKABLE

        values = ASKABLE
    return _beginning(value, [f"{begun}{each}" for each in values])


def _beginning(start: str, choices: Iterable[str]) -> list[str]:
    return [each for each in choices if each.startswith(start)]
