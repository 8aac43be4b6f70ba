"""Published replies: small corpora of our own in each format, and the real ones where they are at hand."""

import csv
import gzip
import json
import os
import tarfile
from pathlib import Path

import pytest

from solverlearner.cli.main import main
from solverlearner.errors import UsageError
from solverlearner.published.calibration import calibrate, chosen
from solverlearner.published.corpora import CORPORA
from solverlearner.published.formats import after_label, unescaped
from solverlearner.published.published_reply import Arm, Unusable, as_published, found_files
from solverlearner.tasks.cipher import Cipher

SHARED = Path(os.environ.get("SOLVERLEARNER_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)


def tsv(*pairs):
    def escaped(text):
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")

    return "".join(
        f"{escaped(prompt)}\t{escaped(reply)}\tFalse\tmodel\tNone\tNone\tNone\t0\t1\n" for prompt, reply in pairs
    )


def addition(base, digits, left, right):
    return (
        f'You are a mathematician. Assuming that all numbers are in base-{base} where the digits are "{digits}", what '
        f'is {left}+{right}? Let\'s think step by step, and end the response with the result in "\\boxed{{result}}".'
    )


def room(*vectors):
    told = " ".join(
        f"The {name} direction is {vector}."
        for name, vector in zip(("north", "south", "east", "west"), vectors, strict=True)
    )
    return (
        "You are in the middle of a kitchen. There is a chair on the west side. There is a TV on the east side. "
        f"There is a blender on the south side. We define the following directions. {told} What's the layout?"
    )


def layout(**objects):
    placed = [{"name": name, "x": x, "y": y} for name, (x, y) in objects.items()]
    return f"```json\n{json.dumps({'objects': placed})}\n```"


def sentence(words):
    return f"You are an expert.\nSentence: {words}.\nShow the original sentence the prefix 'Original sentence: '.\n"


def arithmetic(folder):
    write(
        folder / "arithmetic/model_interactions/0shot/with_0cot/gpt4_base9.tsv",
        tsv(
            (addition(9, "012345678", "76", "14"), "6 + 4 = 11.\n\nSo \\boxed{101}"),
            (addition(9, "012345678", "86", "57"), "\\boxed{143}"),
        ),
    )


def spatial(folder):
    normal = layout(chair=(0, 250), TV=(500, 250), blender=(250, 500))
    write(
        folder / "spatial/model_interactions/without_0cot/palm2_default.tsv",
        tsv((room((0, -1), (0, 1), (1, 0), (-1, 0)), normal)),
    )
    write(
        folder / "spatial/model_interactions/without_0cot/palm2_hflip.tsv",
        tsv((room((0, -1), (0, 1), (-1, 0), (1, 0)), normal)),
    )


def word_order(folder):
    write(
        folder / "syntax/model_interactions/control-osv-reconstruct_cot-openai-gpt-4.tsv",
        tsv(
            (sentence("emily bob calls"), "Object first.\n\nOriginal sentence: Bob calls Emily."),
            (sentence("noah tom loves"), "Original sentence: Noah loves Tom."),
        ),
    )
    table(
        folder / "syntax/data/synthetic_data/osv/test.csv",
        [{"original_sent": "bob calls emily.", "main_verb": "calls", "reordered_sent": "emily bob calls."}],
    )


def embers(folder):
    def prompt(text):
        head = 'Rot-3 is a cipher.\nRot-3 text: "Vwdb khuh!"\nOriginal text: "Stay here!"\n\nDecode:\n'
        return f'{head}Rot-3 text: "{text}"\nOriginal text:'

    log = {
        "prompts": [
            prompt("Kh vdlg wkdw wkh uhjlrq wkhuh lv rqh odqg: jr."),
            prompt("Qr."),
            prompt("Qr."),
            prompt("Qr."),
        ],
        "gts": ['"He said that the region there is one land: go."', '"No."', '"No."', '"Yes."'],
        "res": ['"He said that the region there is one land: go."', 'The original text is:\n"No."', "No", "No."],
        "accs": [True, True, False, True],
    }
    write(folder / "logs/shift_3_gpt-4-0613_temp=0.0_n=1.json", json.dumps(log))


def functions(folder):
    shots = "Input: -10\nOutput: -213\n\nInput: 9\nOutput: 167\n\n"
    rows = [
        {"inputs": f"{shots}Input: 15", "outputs": "Output: 287", "answer": "287", "correct": "True"},
        {"inputs": f"{shots}Input: 2", "outputs": "Output: y = 20 * 2 - 13 = 27", "answer": "27", "correct": "False"},
        {"inputs": f"{shots}Input: 3", "outputs": "Output: 47", "answer": "48", "correct": "False"},
    ]
    rows = [row | {"task_id": "[20, -13]"} for row in rows]
    for kind in ("base", "full_grammar"):
        table(folder / f"logs/functions/gpt-4-turbo/{kind}/temp_0.0/0_start_0_end_200_degree_1.csv", rows)
    hypotheses = "grammar_induction/ground_truth/temp_0.0/n_hyps_5/0_start_0_end_200_degree_1_num_hyps_5_ground_truth"
    table(folder / f"logs/functions/gpt-4-turbo/{hypotheses}.csv", rows[:1])
    table(folder / f"logs/functions/gpt-4-turbo/{hypotheses}_ground_truth_HYPSFILE.csv", [{"all_hyps": "y = x"}])


def colours(folder):
    inputs = "Input: lug dax\nOutput: blue green\n\nInput: wif bluf\nOutput: red red\n\nInput: wif dax walm Output:"
    row = {"inputs": inputs, "outputs": "Output: red green green green.", "answer": "red green green green"}
    table(folder / "logs/colours/gpt-4-turbo/zs-cot/temp_0.0/1_start_0_end_200.csv", [row | {"correct": "False"}])


def reasoning_gym(folder):
    def log(question, answer, *replies):
        completions = [{"full_model_response": text, "model_answer": None, "score": score} for text, score in replies]
        return json.dumps({"results": [{"question": question, "expected_answer": answer, "completions": completions}]})

    model = folder / "reasoninggym-paper-experiments/zero-shot/easy/openai_o3-mini_20250315_181742"
    convert = "Now, convert the binary number 100010010 to hexadecimal\n"
    write(
        model / "algorithmic/base_conversion.json",
        log(convert, "112", ("<answer>112</answer>", 1.0), ("I think <answer>274</answer>", 0.0), (None, 0.0)),
    )
    cipher = "Decrypt this Caesar cipher text: WG DFCUFSGG. Provide only the decrypted text as your final answer."
    write(model / "algorithmic/caesar_cipher.json", log(cipher, "IS PROGRESS", ("<answer>IS PROGRESS.</answer>", 0.9)))
    write(model / "induction/list_functions.json", log("Input: [1]", "[1, 2]", ("<answer>[1,2]</answer>", 0.0)))


# For each corpus: its small copy; replies, lines that cannot be scored, right ones, and rows with the same verdict.
SMALL = {
    "wu2023-arith": (arithmetic, 2, 0, 1, 0),
    "wu2023-spatial": (spatial, 2, 0, 1, 0),
    "wu2023-syntax": (word_order, 2, 0, 1, 0),
    "embers-caesar": (embers, 3, 1, 3, 2),
    "loop-functions": (functions, 5, 2, 5, 3),
    "loop-colours": (colours, 1, 0, 1, 0),
    "reasoning-gym": (reasoning_gym, 5, 0, 3, 3),
}


def test_every_corpus_has_a_small_copy_here():
    assert {*SMALL} == {*CORPORA}


@pytest.mark.parametrize("name", SMALL)
def test_replies_come_as_calls_of_ours_with_the_verdicts_of_a_live_run(name, tmp_path):
    make, replies, unusable, right, agreed = SMALL[name]
    make(tmp_path / "clone")
    ((corpus, source),) = chosen("all", tmp_path / "clone")
    found = calibrate(corpus, source, tmp_path / "results")
    assert (corpus.name, found.replies, found.unusable_count, found.agreed) == (name, replies, unusable, agreed)
    assert sum(size[1] for size in found.cells.values()) == right
    stored = json.loads((tmp_path / f"results/agreement/{name}.json").read_text())
    assert stored["agreed"] == agreed
    assert sum(stored["disagreements_by_cause"].values()) == found.judged - agreed
    rows = [json.loads(line) for file in (tmp_path / "results").glob("*/rows.jsonl") for line in file.open()]
    assert len(rows) == replies
    assert sum(row["correct"] for row in rows) == right


def test_the_arm_says_whether_thought_was_asked_for_and_who_chose_the_rule(tmp_path):
    functions(tmp_path)
    corpus = CORPORA["loop-functions"]
    lines = [line for line in corpus.read(tmp_path, found_files(corpus, tmp_path)) if not isinstance(line, Unusable)]
    assert {(line.setting, line.arm) for line in lines} == {
        ("io", Arm()),
        ("io_mf", Arm()),
        ("io", Arm("free", "ground_truth")),
    }
    assert all([shot.input for shot in line.shots] == [(-10,), (9,)] for line in lines)


def test_effects_are_paired_on_the_items_that_both_arms_have(tmp_path):
    functions(tmp_path)
    found = calibrate(CORPORA["loop-functions"], tmp_path, tmp_path / "results")
    sizes = {each.first.label: (each.n, each.clusters, each.estimate.value) for each in found.effects()}
    assert sizes == {"io_mf": (2, 1, 0.0), "io, own rule ground_truth": (1, 1, 0.0)}


def test_a_model_that_lacks_files_is_named(tmp_path):
    arithmetic(tmp_path)
    folder = tmp_path / "arithmetic/model_interactions/0shot/with_0cot"
    first = (folder / "gpt4_base9.tsv").read_text().splitlines(keepends=True)[0]
    write(folder / "palm2_base9.tsv", first)
    found = calibrate(CORPORA["wu2023-arith"], tmp_path, tmp_path / "results")
    assert found.gaps() == ["palm2, zero_shot, steps, arith base-9: 1 of 2 replies that another model has"]


def test_our_reader_reads_the_corpus_format_and_leaves_the_task_as_it_is():
    corpus = CORPORA["embers-caesar"]
    task = as_published(corpus, Cipher("caesar", 3), "mixed")
    assert (
        task.read('So: Original text: "He said that the region there is one land: go."')
        == "He said that the region there is one land: go"
    )
    assert (task.variant, task.rule, task.name) == ("mixed", Cipher("caesar", 3).rule, "cipher")


@pytest.mark.parametrize(
    ("written", "read"),
    [(r"a\nb\tc", "a\nb\tc"), (r"\\boxed{1}", r"\boxed{1}"), (r"2 \xd7 3", "2 × 3"), (r"\\n", r"\n"), ("\\", "\\")],
)
def test_escapes_of_the_files_are_undone(written, read):
    assert unescaped(written) == read


def test_the_answer_stands_behind_the_last_label_or_on_the_next_line():
    assert after_label("Output: 1\nOutput:\n\n 2 \n", "Output:") == "2"
    assert after_label("none", "Output:") is None


def test_a_wrong_folder_and_a_wrong_name_are_one_line_each(tmp_path):
    with pytest.raises(UsageError, match=r"source=.*: holds no logs/.* is a clone of https://github.com/tommccoy1"):
        calibrate(CORPORA["embers-caesar"], tmp_path, tmp_path / "results")
    with pytest.raises(UsageError, match=r"source=.*no such folder"):
        chosen("all", tmp_path / "nowhere")
    with pytest.raises(UsageError, match="corpus=ember"):
        chosen("ember", tmp_path)
    write(tmp_path / "logs/shift_3_gpt-4_temp=0.0_n=1.json", '{"prompts": [')
    with pytest.raises(UsageError, match=r"no line of embers-caesar that can be scored; logs/shift_3.* is no log of a"):
        calibrate(CORPORA["embers-caesar"], tmp_path, tmp_path / "results")
    assert not list((tmp_path / "results").glob("*/rows.jsonl"))


def test_the_command_prints_the_agreement_and_ends_with_1_where_lines_are_left_out(tmp_path, capsys):
    functions(tmp_path)
    assert main(["calibrate", "corpus=loop-functions", f"source={tmp_path}", f"results={tmp_path / 'out'}"]) == 1
    told = capsys.readouterr()
    assert "Agreement with published verdicts: 3 of 5 (60.00 %)." in told.out
    assert "2  ours right: words, a label or an equation before the answer" in told.out
    assert "2 lines could not be scored" in told.err
    assert main(["tables", f"results={tmp_path / 'out'}", "format=[md]"]) == 0


REAL = {
    "wu2023-syntax": ("counterfactual-evaluation", 3200, None),
    "embers-caesar": ("embers-of-autoregression", 10000, 0.999),
}


@pytest.mark.skipif(not (SHARED / "published").is_dir(), reason="the published corpora are not at hand")
@pytest.mark.parametrize("name", REAL)
def test_the_readers_agree_with_the_published_verdicts(name, tmp_path):
    archive, replies, least = REAL[name]
    with tarfile.open(SHARED / "published" / f"{archive}.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")
    corpus, agreed, judged, lines = CORPORA[name], 0, 0, 0
    source = tmp_path / archive
    for line in corpus.read(source, found_files(corpus, source)):
        assert not isinstance(line, Unusable), line
        lines += 1
        task = as_published(corpus, line.task)
        value = task.read(line.text or "")
        right = value is not None and task.equal(line.item.expected, value)
        judged += line.verdict is not None
        agreed += line.verdict is right
    assert lines == replies
    assert least is None or agreed >= least * judged


@pytest.mark.skipif(not (SHARED / "calibration").is_dir(), reason="the stored replies are not at hand")
def test_the_format_of_wu_2023_holds_what_score_reads(tmp_path):
    with gzip.open(SHARED / "calibration" / "wu2023-arith-palm2.jsonl.gz", "rt") as file:
        stored = [json.loads(line) for line in file][:3000:10]
    digits = "0123456789ABCDEF"
    for base in {line["base"] for line in stored}:
        pairs = [
            (addition(base, digits[:base], *line["input"]), line["response"]) for line in stored if line["base"] == base
        ]
        write(tmp_path / f"arithmetic/model_interactions/0shot/without_0cot/palm2_base{base}.tsv", tsv(*pairs))
    found = calibrate(CORPORA["wu2023-arith"], tmp_path, tmp_path / "results")
    assert (found.replies, found.unusable_count) == (len(stored), 0)
    assert sum(size[1] for size in found.cells.values()) == sum(line["verdict"] for line in stored)
