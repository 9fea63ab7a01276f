# SPDX-License-Identifier: MIT
"""make_npy.py DIRECTORY - write .npy files, good and bad, and say what each
must do.

CASES is the table: a name, a sentence, the bytes, and what must come out of
consumer-cli: its text and status 0, or part of its message and status 1, maybe
with the text of those elements that exist.  What is accepted here must be
accepted by NumPy, with the same values, unless the case says why not.
"""

import pathlib
import struct
import sys
from dataclasses import dataclass

MAGIC = b"\x93NUMPY"


@dataclass(frozen=True)
class Case:
    name: str
    sentence: str
    data: bytes
    text: str = ""
    message: str | None = None
    laxer: str | None = None  # why NumPy refuses what is accepted here

    @property
    def is_accepted(self):
        return self.message is None


CASES: list[Case] = []


def header(dictionary, version=1, length=None, minor=0):
    """The bytes up to the data; 'length' may lie."""
    if isinstance(dictionary, str):
        dictionary = dictionary.encode("utf-8")
    if length is None:
        length = len(dictionary)
    count = struct.pack("<H" if version == 1 else "<I", length)
    return MAGIC + bytes([version, minor]) + count + dictionary


def dictionary(descr="'<i4'", order="False", shape="(2,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


TWO = struct.pack("<2i", 1, 2)


def accept(name, sentence, data, text="[ 1 2 ]", laxer=None):
    CASES.append(Case(name, sentence, data, text + "\n", None, laxer))


def refuse(name, sentence, data, message, text=""):
    CASES.append(Case(name, sentence, data, text and text + "\n", message))


# --- How plain headers may be spelled --------------------------------------

for version in (1, 2, 3):
    accept(
        f"version-{version}",
        "All three versions are read.",
        header(dictionary(), version) + TWO,
    )
    accept(
        f"padded-{version}",
        "Blanks and a newline pad the header, as NumPy writes it.",
        header(dictionary().ljust(117) + "\n", version) + TWO,
    )

KEYS = {"descr": "'<i4'", "fortran_order": "False", "shape": "(2,)"}
for number, order in enumerate(
    [
        ("descr", "fortran_order", "shape"),
        ("descr", "shape", "fortran_order"),
        ("fortran_order", "descr", "shape"),
        ("fortran_order", "shape", "descr"),
        ("shape", "descr", "fortran_order"),
        ("shape", "fortran_order", "descr"),
    ]
):
    items = ", ".join(f"'{key}': {KEYS[key]}" for key in order)
    accept(
        f"keys-in-order-{number}",
        "Keys may come in any order.",
        header("{" + items + "}") + TWO,
    )

for name, sentence, spelled in [
    ("double-quotes", "Either quote will do.", dictionary().replace("'", '"')),
    ("mixed-quotes", "Both together, too.", dictionary().replace("'descr'", '"descr"')),
    ("no-blanks", "Blanks are not needed.", dictionary().replace(" ", "")),
    ("no-last-comma", "Nor is the last comma.", dictionary().replace(", }", "}")),
    ("many-blanks", "There may be many.", dictionary().replace(" ", "   \t ")),
    ("newlines-inside", "Lines may end inside it.", dictionary().replace(", ", ",\n ")),
    ("blank-before", "A blank may come first.", " \t" + dictionary()),
    ("newline-behind", "One newline is the usual end.", dictionary() + "\n"),
    ("newlines-behind", "There may be more.", dictionary() + "\n\n\n"),
    ("tabs-behind", "Tabs are blanks.", dictionary() + "\t \t\n"),
]:
    accept(name, sentence, header(spelled) + TWO)

accept("python-2", "Python 2 wrote an L.", header(dictionary(shape="(2L,)")) + TWO)
accept(
    "python-2-rows",
    "Behind each length.",
    header(dictionary(shape="(1L, 2L)")) + TWO,
    "[ [ 1 2 ] ]",
)
refuse(
    "python-2-in-version-3",
    "But not in version 3, which is younger.",
    header(dictionary(shape="(2L,)"), 3) + TWO,
    "expected ',' or ')' in shape",
)
accept(
    "10000-bytes",
    "As long as NumPy reads it.",
    header(dictionary().ljust(10000)) + TWO,
)
accept(
    "10001-bytes",
    "Longer than NumPy reads it.",
    header(dictionary().ljust(10001)) + TWO,
    laxer="longer than 10,000 bytes",
)
accept(
    "65536-bytes",
    "The longest of all.",
    header(dictionary().ljust(65524), 2) + TWO,
    laxer="longer than 10,000 bytes",
)
refuse(
    "65537-bytes",
    "One byte too long.",
    header(dictionary().ljust(65525), 2) + TWO,
    "65537 bytes are more than 65536",
)
refuse(
    "65545-bytes",
    "The longest that version 1 can say is too long as well.",
    header(dictionary().ljust(65535), 1) + TWO,
    "65545 bytes are more than 65536",
)

# --- Types ------------------------------------------------------------------

for code, letter, values, text in [
    ("|b1", "?", (False, True), "[ False True ]"),
    ("|i1", "b", (-1, 2), "[ -1 2 ]"),
    ("|u1", "B", (255, 2), "[ 255 2 ]"),
    ("<i2", "<h", (-1, 2), "[ -1 2 ]"),
    (">i2", ">h", (-1, 2), "[ -1 2 ]"),
    ("<u2", "<H", (65535, 2), "[ 65535 2 ]"),
    (">u2", ">H", (65535, 2), "[ 65535 2 ]"),
    ("<i4", "<i", (-1, 2), "[ -1 2 ]"),
    (">i4", ">i", (-1, 2), "[ -1 2 ]"),
    ("<u4", "<I", (4294967295, 2), "[ 4294967295 2 ]"),
    (">u4", ">I", (4294967295, 2), "[ 4294967295 2 ]"),
    ("<i8", "<q", (-1, 2), "[ -1 2 ]"),
    (">i8", ">q", (-1, 2), "[ -1 2 ]"),
    ("<u8", "<Q", (2**64 - 1, 2), "[ 18446744073709551615 2 ]"),
    (">u8", ">Q", (2**64 - 1, 2), "[ 18446744073709551615 2 ]"),
    ("<f2", "<e", (0.5, 2), "[ 0.5 2.0 ]"),
    (">f2", ">e", (0.5, 2), "[ 0.5 2.0 ]"),
    ("<f4", "<f", (0.1, 2), "[ 0.1 2.0 ]"),
    (">f4", ">f", (0.1, 2), "[ 0.1 2.0 ]"),
    ("<f8", "<d", (0.1, 2), "[ 0.1 2.0 ]"),
    (">f8", ">d", (0.1, 2), "[ 0.1 2.0 ]"),
    ("<b1", "?", (False, True), "[ False True ]"),
    (">u1", "B", (255, 2), "[ 255 2 ]"),
    ("b1", "?", (False, True), "[ False True ]"),
    ("u1", "B", (255, 2), "[ 255 2 ]"),
    ("i4", "=i", (-1, 2), "[ -1 2 ]"),
    ("=i4", "=i", (-1, 2), "[ -1 2 ]"),
    ("=f8", "=d", (0.1, 2), "[ 0.1 2.0 ]"),
]:
    data = b"".join(struct.pack(letter, value) for value in values)
    accept(
        f"type-{code}".translate(str.maketrans("<>|=", "lbse")),
        f"{code} is a type that has elements here.",
        header(dictionary(f"'{code}'")) + data,
        text,
    )

for name, code, what in [
    ("object", "|O", "Python objects"),
    ("object-8", "|O8", "Python objects"),
    ("object-bare", "O", "Python objects"),
    ("void", "|V0", "records"),
    ("void-4", "|V4", "records"),
    ("bytes", "|S1", "byte strings"),
    ("bytes-0", "|S0", "byte strings"),
    ("bytes-old", "|a4", "byte strings"),
    ("string", "<U1", "strings"),
    ("date", "<M8[ns]", "dates"),
    ("date-plain", "<M8", "dates"),
    ("span", "<m8[s]", "time spans"),
    ("complex64", "<c8", "complex numbers"),
    ("complex128", ">c16", "complex numbers"),
]:
    refuse(
        f"type-{name}",
        f"{code} is refused by its name.",
        header(dictionary(f"'{code}'")) + TWO,
        f"type '{code}' ({what}) is not supported",
    )

for name, code in [
    ("i3", "<i3"),
    ("i0", "<i0"),
    ("i16", "<i16"),
    ("i44", "<i44"),
    ("i04", "<i04"),
    ("i-4", "<i-4"),
    ("f1", "<f1"),
    ("f12", "<f12"),
    ("f16", "<f16"),
    ("b2", "<b2"),
    ("u9", "<u9"),
    ("x4", "<x4"),
    ("swapped", "<4i"),
    ("bar-i4", "|i4"),
    ("bar-f8", "|f8"),
    ("bar-u2", "|u2"),
    ("bang", "!i4"),
    ("at", "@i4"),
    ("two-orders", "<<i4"),
    ("bar-order", "<|i4"),
    ("blank-before", " <i4"),
    ("blank-behind", "<i4 "),
    ("blank-inside", "< i4"),
    ("list", "<i4,<i4"),
    ("subarray", "(2,)<i4"),
    ("letter", "i"),
    ("letter-order", "<i"),
    ("question", "?"),
    ("name", "int32"),
    ("class", "int"),
    ("order-alone", "<"),
    ("empty", ""),
    ("plus", "<i+4"),
    ("upper", "<I4"),
    ("percent", "%s%n"),
]:
    refuse(
        f"code-{name}",
        "Only an order, a letter and a size of one digit are a type.",
        header(dictionary(f"'{code}'")) + TWO,
        f"type '{code}' is not supported",
    )

for name, descr, message in [
    ("records", "[('x', '<i4')]", "records are not supported"),
    ("records-nested", "[('x', [('y', '<i4')])]", "records are not supported"),
    ("records-padded", "[('x', '<i2'), ('', '|V2')]", "records are not supported"),
    ("records-none", "[]", "records are not supported"),
    ("tuple", "('<i4', (2,))", "expected a string"),
    ("none", "None", "expected a string"),
    ("number", "4", "expected a string"),
    ("bytes-literal", "b'<i4'", "expected a string"),
    ("unicode-literal", "u'<i4'", "expected a string"),
    ("raw-literal", "r'<i4'", "expected a string"),
    ("long-string", "'''<i4'''", "expected ',' or '}'"),
    ("two-strings", "'<' 'i4'", "type '<' is not supported"),
    ("escape", "'\\x3ci4'", "not plain ASCII"),
    ("escaped-quote", "'<i4\\''", "not plain ASCII"),
    ("escape-newline", "'<i\\\n4'", "not plain ASCII"),
    ("control", "'<i4\x1b[31m'", "not plain ASCII"),
    ("too-long", "'" + "<" * 100 + "'", "a string is too long"),
    ("far-too-long", "'" + "<" * 9000 + "'", "a string is too long"),
    ("call", "__import__('os')", "expected a string"),
]:
    if name == "long-string":
        message = "type '' is not supported"
    refuse(
        f"descr-{name}",
        "A type is one plain string.",
        header(dictionary(descr)) + TWO,
        message,
    )

# --- Shapes -----------------------------------------------------------------

SIX = struct.pack("<6i", *range(6))
for name, shape, data, text in [
    ("scalar", "()", SIX[4:8], "1"),
    ("scalar-blank", "( )", SIX[4:8], "1"),
    ("one", "(1,)", SIX[4:8], "[ 1 ]"),
    ("matrix", "(2, 3)", SIX, "[ [ 0 1 2 ]\n  [ 3 4 5 ] ]"),
    ("matrix-comma", "(2, 3,)", SIX, "[ [ 0 1 2 ]\n  [ 3 4 5 ] ]"),
    ("matrix-blanks", "( 2 ,\t3 )", SIX, "[ [ 0 1 2 ]\n  [ 3 4 5 ] ]"),
    ("cube", "(1, 2, 3)", SIX, "[ [ [ 0 1 2 ]\n    [ 3 4 5 ] ] ]"),
    ("empty", "(0,)", b"", "[ ]"),
    ("empty-00", "(00,)", b"", "[ ]"),
    ("empty-rows", "(0, 3)", b"", "[ ]"),
    ("empty-columns", "(3, 0)", b"", "[ ]"),
    ("32-dimensions", "(" + "1, " * 32 + ")", SIX[4:8], None),
]:
    if text is None:
        text = "[ " * 32 + "1" + " ]" * 32
    accept(
        f"shape-{name}",
        "A shape is a tuple of lengths.",
        header(dictionary(shape=shape)) + data,
        text,
    )

for n in (33, 64):
    accept(
        f"shape-{n}-dimensions",
        "More dimensions than NumPy has.",
        header(dictionary(shape="(" + "1, " * n + ")")) + SIX[4:8],
        "[ " * n + "1" + " ]" * n,
        laxer="more than 32 dimensions",
    )
for n in (65, 1000):
    refuse(
        f"shape-{n}-dimensions",
        "More dimensions than a buffer may have.",
        header(dictionary(shape="(" + "1, " * n + ")")) + SIX[4:8],
        "more than 64 dimensions",
    )
for name, shape in [
    ("huge-behind-0", "(0, 9223372036854775807)"),
    ("huge-before-0", "(9223372036854775807, 4294967296, 0)"),
]:
    accept(
        f"shape-{name}",
        "A length of 0 makes no elements, whatever the others are.",
        header(dictionary(shape=shape)),
        "[ ]",
        laxer="lengths beside a 0",
    )

for name, shape, message in [
    ("list", "[2]", "shape is not a tuple"),
    ("number", "2", "shape is not a tuple"),
    ("parentheses", "(2)", "shape is not a tuple"),
    ("string", "'(2,)'", "shape is not a tuple"),
    ("none", "None", "shape is not a tuple"),
    ("set", "{2}", "shape is not a tuple"),
    ("dictionary", "{}", "shape is not a tuple"),
    ("call", "tuple([2])", "shape is not a tuple"),
    ("import", "__import__('os').system('true')", "shape is not a tuple"),
    ("lambda", "lambda: 0", "shape is not a tuple"),
    ("ellipsis", "...", "shape is not a tuple"),
    ("missing", "", "shape is not a tuple"),
    ("open", "(2,", "a length is not"),
    ("close", ")", "shape is not a tuple"),
    ("bare", "2,", "shape is not a tuple"),
    ("nested", "((2,),)", "a length is not"),
    ("nested-number", "((2),)", "a length is not"),
    ("nested-tuple", "((2,))", "a length is not"),
    ("negative", "(-1,)", "a length is not"),
    ("negative-rows", "(2, -1)", "a length is not"),
    ("negative-zero", "(-0,)", "a length is not"),
    ("plus", "(+2,)", "a length is not"),
    ("tilde", "(~1,)", "a length is not"),
    ("true", "(True,)", "a length is not"),
    ("none-inside", "(None,)", "a length is not"),
    ("string-inside", "('2',)", "a length is not"),
    ("name", "(n,)", "a length is not"),
    ("star", "(*(2,),)", "a length is not"),
    ("comma", "(,)", "a length is not"),
    ("commas", "(2,,)", "a length is not"),
    ("comma-first", "(,2)", "a length is not"),
    ("point-first", "(.2,)", "a length is not"),
    ("hexadecimal", "(0x2,)", "expected ',' or ')' in shape"),
    ("octal", "(0o2,)", "expected ',' or ')' in shape"),
    ("binary", "(0b10,)", "expected ',' or ')' in shape"),
    ("float", "(2.0,)", "expected ',' or ')' in shape"),
    ("exponent", "(2e0,)", "expected ',' or ')' in shape"),
    ("complex", "(2j,)", "expected ',' or ')' in shape"),
    ("underscore", "(1_0,)", "expected ',' or ')' in shape"),
    ("sum", "(1+1,)", "expected ',' or ')' in shape"),
    ("product", "(2*1,)", "expected ',' or ')' in shape"),
    ("power", "(9**9**9,)", "expected ',' or ')' in shape"),
    ("shift", "(1<<62,)", "expected ',' or ')' in shape"),
    ("two", "(2 1,)", "expected ',' or ')' in shape"),
    ("semicolon", "(2;)", "expected ',' or ')' in shape"),
    ("bracket", "(2,]", "a length is not"),
    ("small-l", "(2l,)", "expected ',' or ')' in shape"),
    ("double-l", "(2LL,)", "expected ',' or ')' in shape"),
    ("apart-l", "(2 L,)", "expected ',' or ')' in shape"),
    ("attribute", "(2).real", "shape is not a tuple"),
    ("index", "(2,)[0]", "expected ',' or '}'"),
    ("tuple-times", "(2,)*3", "expected ',' or '}'"),
    ("grouped", "(2,621, 40.1)", "expected ',' or ')' in shape"),
    ("grouped-blank", "(2 621,)", "expected ',' or ')' in shape"),
    ("grouped-quote", "(2'621,)", "expected ',' or ')' in shape"),
    ("fullwidth", "(\uff12,)", "a length is not"),
    ("arabic", "(\u0662,)", "a length is not"),
    ("superscript", "(2\u00b2,)", "expected ',' or ')' in shape"),
    ("nbsp", "(\u00a02,)", "a length is not"),
    ("zero-first", "(02,)", "begins with 0"),
    ("zeros-first", "(0000000000000000000002,)", "begins with 0"),
    ("2^63", "(9223372036854775808,)", "a length is too large"),
    ("2^64", "(18446744073709551616,)", "a length is too large"),
    ("2^64-and-2", "(18446744073709551618,)", "a length is too large"),
    ("1000-digits", "(" + "9" * 1000 + ",)", "a length is too large"),
    ("9000-digits", "(" + "9" * 9000 + ",)", "a length is too large"),
    ("too-large-behind-0", "(0, 9223372036854775808)", "a length is too large"),
    ("2^63-1", "(9223372036854775807,)", "more bytes than can be counted"),
    ("2^61", "(2305843009213693952,)", "more bytes than can be counted"),
    ("2^61-1", "(2305843009213693951,)", "more bytes than can be counted"),
    ("wraps-to-0", "(4294967296, 4294967296)", "more bytes than can be counted"),
    ("wraps-to-16", "(2305843009213693954, 8)", "more bytes than can be counted"),
    ("wraps-to-2", "(9223372036854775809, 2)", "a length is too large"),
    ("2^62-bytes-twice", "(1073741824, 1073741824, 2)", "more bytes than can be"),
    ("64-of-2", "(" + "2, " * 64 + ")", "more bytes than can be counted"),
    ("64-of-2^62", "(" + "4611686018427387904, " * 64 + ")", "more bytes than can be"),
]:
    refuse(
        f"shape-{name}",
        "A shape is a tuple of lengths, and nothing is computed.",
        header(dictionary(shape=shape)) + SIX,
        message,
    )

# --- The order ---------------------------------------------------------------

accept(
    "fortran",
    "Fortran order is printed in rows, not as it lies.",
    header(dictionary(order="True", shape="(2, 3)")) + SIX,
    "[ [ 0 2 4 ]\n  [ 1 3 5 ] ]",
)
accept(
    "fortran-cube",
    "In any number of dimensions.",
    header(dictionary(order="True", shape="(1, 2, 3)")) + SIX,
    "[ [ [ 0 2 4 ]\n    [ 1 3 5 ] ] ]",
)
accept(
    "fortran-swapped",
    "In any byte order.",
    header(dictionary("'>i2'", "True", "(2, 2)")) + struct.pack(">4h", 1, 2, 3, 4),
    "[ [ 1 3 ]\n  [ 2 4 ] ]",
)
accept(
    "fortran-line",
    "One dimension has one order.",
    header(dictionary(order="True")) + TWO,
)
accept(
    "fortran-scalar",
    "No dimension, too.",
    header(dictionary(order="True", shape="()")) + TWO[:4],
    "1",
)
accept(
    "fortran-empty",
    "No elements have any order.",
    header(dictionary(order="True", shape="(2, 0, 3)")),
    "[ ]",
)
for name, order, message in [
    ("0", "0", "fortran_order is neither True nor False"),
    ("1", "1", "fortran_order is neither True nor False"),
    ("none", "None", "fortran_order is neither True nor False"),
    ("string", "'False'", "fortran_order is neither True nor False"),
    ("small", "false", "fortran_order is neither True nor False"),
    ("not", "not True", "fortran_order is neither True nor False"),
    ("empty", "", "fortran_order is neither True nor False"),
    ("tuple", "(False,)", "fortran_order is neither True nor False"),
    ("short", "Fals", "fortran_order is neither True nor False"),
    ("longer", "Falsey", "expected ',' or '}'"),
    ("or", "False or True", "expected ',' or '}'"),
    ("equals", "True==True", "expected ',' or '}'"),
]:
    refuse(
        f"order-{name}",
        "The order is True or False.",
        header(dictionary(order=order)) + TWO,
        message,
    )

# --- The dictionary ----------------------------------------------------------

PLAIN = dictionary()
for name, spelled, message in [
    ("empty", "", "expected a dictionary"),
    ("blanks", "      \n", "expected a dictionary"),
    ("newline-before", "\n" + PLAIN, "expected a dictionary"),
    ("indented-line", " \n " + PLAIN, "expected a dictionary"),
    ("list", "[1]", "expected a dictionary"),
    ("string", "'descr'", "expected a dictionary"),
    ("number", "1", "expected a dictionary"),
    ("call", "dict()", "expected a dictionary"),
    ("call-exit", "exit(0)", "expected a dictionary"),
    ("parenthesised", "(" + PLAIN + ")", "expected a dictionary"),
    ("bom", "\ufeff" + PLAIN, "expected a dictionary"),
    ("comment-before", "# x\n" + PLAIN, "expected a dictionary"),
    ("form-feed-before", "\f" + PLAIN, "expected a dictionary"),
    ("nul-before", "\0" + PLAIN, "expected a dictionary"),
    ("none", "{}", "is missing"),
    ("no-descr", "{'fortran_order': False, 'shape': (2,)}", "is missing"),
    ("no-order", "{'descr': '<i4', 'shape': (2,)}", "is missing"),
    ("no-shape", "{'descr': '<i4', 'fortran_order': False}", "is missing"),
    ("extra-key", PLAIN[:-1] + "'x': 1}", "a key is unknown"),
    ("extra-first", "{'x': 1, " + PLAIN[1:], "a key is unknown"),
    ("other-case", PLAIN.replace("descr", "Descr"), "a key is unknown"),
    ("blank-in-key", PLAIN.replace("'descr'", "' descr'"), "a key is unknown"),
    ("empty-key", PLAIN[:-1] + "'': 1}", "a key is unknown"),
    ("long-key", "{'" + "x" * 100 + "': 1}", "a string is too long"),
    ("key-prefix", PLAIN.replace("'shape'", "'shap'"), "a key is unknown"),
    ("key-twice-descr", PLAIN[:-1] + "'descr': '<f8'}", "twice"),
    ("key-twice-order", PLAIN[:-1] + "'fortran_order': True}", "twice"),
    ("key-twice-shape", PLAIN[:-1] + "'shape': (1,)}", "twice"),
    ("key-twice-same", PLAIN[:-1] + "'shape': (2,)}", "twice"),
    ("bare-key", PLAIN.replace("'descr'", "descr"), "expected a string"),
    ("bytes-key", PLAIN.replace("'descr'", "b'descr'"), "expected a string"),
    ("number-key", "{1: 2}", "expected a string"),
    ("split-key", PLAIN.replace("'descr'", "'des' 'cr'"), "a key is unknown"),
    ("escaped-key", PLAIN.replace("'descr'", "'\\x64escr'"), "not plain ASCII"),
    ("no-colon", PLAIN.replace(":", ""), "expected ':'"),
    ("equals", PLAIN.replace(":", "="), "expected ':'"),
    ("two-colons", PLAIN.replace("':", "'::"), "expected a string"),
    ("walrus", PLAIN.replace("':", "':="), "expected a string"),
    ("no-comma", PLAIN.replace(", 'shape'", " 'shape'"), "expected ',' or '}'"),
    ("comma-first", "{, " + PLAIN[1:], "expected a string"),
    ("two-commas", PLAIN.replace(", 'shape'", ",, 'shape'"), "expected a string"),
    ("comma-last", PLAIN[:-1] + ", }", "expected a string"),
    ("semicolons", PLAIN.replace(", ", "; "), "expected ',' or '}'"),
    ("unclosed", PLAIN[:-1], "expected a string"),
    ("unclosed-string", "{'descr': '<i4", "a string does not end"),
    ("unclosed-key", "{'descr", "a string does not end"),
    ("other-quote", "{'descr\": '<i4'}", "a key is unknown"),
    ("other-bracket", PLAIN[:-1] + "]", "expected a string"),
    ("closed-twice", PLAIN + "}", "something stands behind the dictionary"),
    ("comma-behind", PLAIN + ",", "something stands behind the dictionary"),
    ("twice", PLAIN + PLAIN, "something stands behind the dictionary"),
    ("junk-behind", PLAIN + " junk", "something stands behind the dictionary"),
    ("junk-far-behind", PLAIN + " " * 5000 + "\nx", "something stands behind"),
    ("comment-behind", PLAIN + " # x", "something stands behind the dictionary"),
    ("comment-inside", PLAIN.replace(", ", ", # x\n"), "expected a string"),
    ("nul-behind", PLAIN + "\0", "something stands behind the dictionary"),
    ("nuls-behind", PLAIN + "\0" * 64, "something stands behind the dictionary"),
    ("nul-inside", PLAIN.replace(" ", "\0"), "expected a string"),
    ("form-feed-behind", PLAIN + "\f", "something stands behind"),
    ("vertical-tab", PLAIN + "\v", "something stands behind the dictionary"),
    ("carriage-return", PLAIN + "\r\n", "something stands behind"),
    ("backslash", PLAIN.replace(", ", ", \\\n"), "expected a string"),
    ("nbsp", PLAIN.replace(", ", ",\u00a0"), "expected a string"),
    ("dots", PLAIN + "...", "something stands behind the dictionary"),
    ("method", PLAIN + ".copy()", "something stands behind the dictionary"),
    ("union", PLAIN + "|{}", "something stands behind the dictionary"),
    ("starred", "{**" + PLAIN + "}", "expected a string"),
    ("comprehension", "{k: 1 for k in 'ab'}", "expected a string"),
    ("json", PLAIN.replace("'", '"').replace("False", "false"), "neither True"),
    ("20000-parentheses", "{'shape': " + "(" * 20000, "a length is not"),
    ("20000-braces", "{" * 20000, "expected a string"),
    ("20000-brackets", "{'descr': " + "[" * 20000, "records are not supported"),
    ("20000-minuses", "{'shape': (" + "-" * 20000 + "1,)}", "a length is not"),
    ("20000-quotes", "{" + "'" * 20000, "a key is unknown"),
    ("format", "{'descr': '%n%n%n%s', 'fortran_order': False", "'%n%n%n%s'"),
]:
    refuse(
        f"dictionary-{name}",
        "A header is one plain dictionary of three keys.",
        header(spelled, 2) + TWO,
        message,
    )

for name, raw in [
    ("latin-1", PLAIN.encode().replace(b"descr", b"d\xe9scr")),
    ("utf-8", PLAIN.replace("descr", "d\u00e9scr").encode()),
    ("invalid-utf-8", PLAIN.encode().replace(b"descr", b"d\xffscr")),
    ("surrogate", PLAIN.encode().replace(b"descr", b"d\xed\xa0\x80scr")),
    ("overlong", PLAIN.encode().replace(b"'descr'", b"\xc0\xa7descr\xc0\xa7")),
    ("utf-16", PLAIN.encode("utf-16-le")),
]:
    for version in (1, 3):
        refuse(
            f"bytes-{name}-{version}",
            "Only ASCII is plain, in version 3 too.",
            header(raw, version) + TWO,
            ".npy header: ",
        )

# --- The beginning -----------------------------------------------------------

for major, minor in [(0, 0), (1, 1), (2, 1), (3, 1), (4, 0), (0x7F, 0), (0xFF, 0xFF)]:
    refuse(
        f"version-{major}.{minor}",
        "Other versions are not known.",
        header(PLAIN, major, minor=minor)[:10] + PLAIN.encode() + TWO,
        f"version {major}.{minor} is unknown",
    )

WHOLE = header(PLAIN) + TWO
for n_bytes in (6, 7, 8, 9, 10, 11, 12, 13, 40, len(WHOLE) - 9):
    refuse(
        f"cut-{n_bytes}",
        "A file that ends inside its header is refused.",
        WHOLE[:n_bytes],
        "the file ends inside it",
    )
for version in (2, 3):
    for n_bytes in (8, 11, 12, 13):
        refuse(
            f"cut-{n_bytes}-version-{version}",
            "As above.",
            (header(PLAIN, version) + TWO)[:n_bytes],
            "the file ends inside it",
        )
for version, length, message in [
    (1, 0, "expected a dictionary"),
    (1, 1, "expected a string"),
    (1, len(PLAIN) - 1, "expected a string"),
    (1, len(PLAIN) + 1, "something stands behind the dictionary"),
    (1, len(PLAIN) + 9, "the file ends inside it"),
    (1, 1000, "the file ends inside it"),
    (1, 65526, "the file ends inside it"),
    (1, 65535, "65545 bytes are more than 65536"),
    (2, 0, "expected a dictionary"),
    (2, 1000, "the file ends inside it"),
    (2, 65536, "65548 bytes are more than 65536"),
    (2, 0x7FFFFFFF, "2147483659 bytes are more than 65536"),
    (2, 0x80000000, "2147483660 bytes are more than 65536"),
    (2, 0xFFFFFFF0, "4294967292 bytes are more than 65536"),
    (2, 0xFFFFFFFF, "4294967307 bytes are more than 65536"),
    (3, 0xFFFFFFFF, "4294967307 bytes are more than 65536"),
]:
    refuse(
        f"length-{length}-version-{version}",
        "The header's length is checked before the header is touched.",
        header(PLAIN, version, length) + TWO,
        message,
    )
refuse(
    "twelve-bytes",
    "NumPy allocated 4 GiB for these.",
    MAGIC + b"\x02\x00\xf0\xff\xff\xff",
    "4294967292 bytes are more than 65536",
)

# --- The data ----------------------------------------------------------------

for name, missing, text, n in [
    ("one-byte", 1, "[ 1 ]", 1),
    ("one-element", 4, "[ 1 ]", 1),
    ("almost-all", 7, "", 0),
    ("all", 8, "", 0),
]:
    refuse(
        f"short-{name}",
        "The whole elements that exist are printed, then comes the error.",
        WHOLE[:-missing],
        f"the data end after {n} of 2 elements",
        text,
    )
refuse(
    "short-rows",
    "Brackets are closed all the same.",
    header(dictionary(shape="(2, 3)")) + SIX[:16],
    "the data end after 4 of 6 elements",
    "[ [ 0 1 2 ]\n  [ 3 ] ]",
)
refuse(
    "short-fortran",
    "The rows of Fortran order would have holes: nothing is printed.",
    header(dictionary(order="True", shape="(2, 3)")) + SIX[:16],
    "the data end after 4 of 6 elements",
)
refuse(
    "short-terabytes",
    "NumPy tried to allocate 3.64 TiB for this.",
    header(dictionary(shape="(1000000000000,)")) + TWO,
    "the data end after 2 of 1000000000000 elements",
    "[ 1 2 ]",
)
refuse(
    "short-exabytes",
    "The most that can be counted.",
    header(dictionary("'|u1'", shape="(9223372036854775000,)")) + b"\1\2",
    "the data end after 2 of 9223372036854775000 elements",
    "[ 1 2 ]",
)
refuse(
    "short-fortran-terabytes",
    "In Fortran order, too.",
    header(dictionary(order="True", shape="(1000000, 1000000)")) + TWO,
    "the data end after 2 of 1000000000000 elements",
)
for name, shape, data, text in [
    ("one", "(2,)", TWO, "[ 1 2 ]"),
    ("scalar", "()", TWO[:4], "1"),
    ("empty", "(0,)", b"", "[ ]"),
    ("rows", "(2, 3)", SIX, "[ [ 0 1 2 ]\n  [ 3 4 5 ] ]"),
]:
    for n in (1, 4, 100000):
        refuse(
            f"long-{name}-{n}",
            "Data behind the array are left over.",
            header(dictionary(shape=shape)) + data + bytes(n),
            f"{n} trailing byte{'s' if n > 1 else ''} ignored",
            text,
        )
refuse(
    "long-fortran",
    "In Fortran order, too.",
    header(dictionary(order="True", shape="(2, 3)")) + SIX + bytes(7),
    "7 trailing bytes ignored",
    "[ [ 0 2 4 ]\n  [ 1 3 5 ] ]",
)
refuse(
    "long-two-arrays",
    "A second array is data behind the first.",
    WHOLE + WHOLE,
    f"{len(WHOLE)} trailing bytes ignored",
    "[ 1 2 ]",
)


def main(directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        (directory / f"{case.name}.npy").write_bytes(case.data)
        print(f"{case.name}.npy: {case.sentence}")


if __name__ == "__main__":
    main(sys.argv[1])
