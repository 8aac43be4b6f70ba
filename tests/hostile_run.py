"""A run whose replies would take over a page that believed them."""

from runs import SETTINGS, grid, write_run

HOSTILE = (
    "</script><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\"><!--\u2028 end"
)
PROGRAM = 'def solver(n1: str) -> str:\n    # </script> & <b>bold</b>\n    return int(n1, 9) + "1"'


def alternating(setting, episode, query):
    return (episode + query + SETTINGS.index(setting)) % 3 > 0


def hostile_run(folder):
    rows = grid(alternating, model="<b>model</b>", reply=HOSTILE)
    for each in rows:
        each["prompt"] = [{"role": "user", "content": "Add 57+27."}]
        if each["setting"] in ("code_mf", "solverlearner"):
            each["program"] = PROGRAM
            if not each["correct"]:
                each |= {"status": "error", "value": None, "message": "line 3: TypeError: unsupported operand"}
            continue
        each["prompt"][0]["content"] += f" Query {each['query']}."
        if not each["correct"]:
            each |= {"value": "2", "recited": True, "reasoning": "I think <i>so</i>."}
    return write_run(folder, rows)
