"""One Groovy expression, and what only begins with one."""

from __future__ import annotations

import pytest

from nfconfgen.expressions.one_expression import fault

ONE = [
    "'true'",
    '"a ${task.cpus > 1 ? "b" : "c"} d"',
    "'''two\nlines'''",
    "{ task.attempt > 1 ? 'long' : 'short' }",
    "{ def x = 1; x += 2\n  if (x) { return 'a' }\n  'b' }",
    "task.memory\n    ? 'a'\n    : 'b'",
    "'a' +\n'b'",
    "'a' // why\n",
    "/* why */ 'a'\n\n",
    "[a: 1, 'b': [2, 3]]",
    "[1,\n 2]",
    "-1",
    "!params.keep",
    "4.GB * 2",
    "10G",
    "x in [1, 2]",
    "x as Integer",
    "x instanceof String",
    "new Date()",
    "(String) x",
    "System.getenv('X') ?: 'y'",
    "['a', 'b'].collect { it.toUpperCase() }.join(' ')",
    "~/a.*/",
    "/a=b/",
    "x =~ /a b/",
    "{ -> 1 }",
    "x == 1 ? a : b",
    "x <= 1",
    "x\n  != 1",
    "x <\n  1",
    "x === y",
    "x !== y",
    "''",
    '""',
]
NOT_ONE = [
    "",
    " \n",
    "// nothing",
    "'a'\ncleanup = true",
    "'a'; cleanup = true",
    "'a'\n}\nprocess { cpus = 99",
    "'a'\nprocess { cpus = 99 }",
    "'a'\nincludeConfig 'x.config'",
    "'a'\nprintln 'x'",
    "'a'\n'b'",
    "'a' 'b'",
    "includeConfig 'x.config'",
    "println 'x'",
    "y = 1",
    "(y = 1)",
    "[y += 1]",
    "if (a) 1 else 2",
    "def y = 1",
    "{ 'a'",
    "'a' }",
    "(1]",
    "'a' +",
    "* 2",
    "'a",
    "'a\\'",
    '"a',
    '"a\\"',
    '"""a"',
    '"${x',
    "'''a''",
    "'a' /* no end",
    "/a",
    "a %",
]


@pytest.mark.parametrize("code", ONE)
def test_one(code: str) -> None:
    assert fault(code) == ""


@pytest.mark.parametrize("code", NOT_ONE)
def test_not_one(code: str) -> None:
    assert fault(code)
