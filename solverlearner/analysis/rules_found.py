"""Rules found: which rules the programs of a setting carry out, counted over its rows."""

NAMES = {
    "hidden": "the hidden rule",
    "default_world": "the default world's rule",
    "another": "another rule of the family",
    "shot_table": "a table of its shots",
    "fits_shots": "fits its shots, no known rule",
    "none": "something else",
    "fails": "gives no value",
}
"""What a program was found to do, in words."""
