"""Finds credentials: a profile must not contain any, and no message repeats one.

They are recognised by their format and by the name of their key.

The formats are documented by the services. Their selection follows the rule sets of gitleaks (config/gitleaks.toml)
and detect-secrets (plugins/keyword.py); the expressions are our own. Randomness alone is no criterion, since hashes,
digests, UUIDs and paths look random as well. A profile is checked at every start, so an expression is compiled only
if a text contains its mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nfconfgen.findings import Finding, Place

if TYPE_CHECKING:
    from nfconfgen.profile.document.yaml12 import Document, Path

_W = r"[A-Za-z0-9_-]"
_KEY_IDS = ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA")
_TOKENS: tuple[tuple[str, str], ...] = (
    # a mark in lower case, and the expression, which is case-sensitive
    *((mark.lower(), rf"\b(?:{'|'.join(_KEY_IDS)})[0-9A-Z]{{16}}\b") for mark in _KEY_IDS),
    ("absk", r"\bABSK[A-Za-z0-9+/]{100,}"),  # Bedrock
    ("iqojb3jpz2lu", r"\bIQoJb3JpZ2lu[A-Za-z0-9+/=%]{60,}"),  # AWS session tokens
    ("gzxivyxdz", r"\bF[wQ]oGZXIvYXdz[A-Za-z0-9+/=%]{60,}"),
    ("-signature=", r"\b[Xx]-[A-Za-z]+-Signature=[A-Za-z0-9%]{32,}"),  # presigned: AWS, Google
    ("-security-token=", r"\b[Xx]-[A-Za-z]+-Security-Token=[A-Za-z0-9%]{32,}"),
    ("signature=", r"[?&]Signature=[A-Za-z0-9%+/=_~-]{20,}"),  # presigned by older versions, CloudFront
    ("sig=", r"(?:^|[?&;])sig=[A-Za-z0-9%+/=]{30,}"),  # Azure: SAS
    ("accountkey=", r"\b[Aa]ccount[Kk]ey=[A-Za-z0-9+/]{60,}"),
    ("q~", r"\b[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    ("gh", r"\bgh[pousr]_[A-Za-z0-9]{30,}"),  # GitHub
    ("github_pat_", r"\bgithub_pat_\w{30,}"),
    ("gl", rf"\bgl(?:pat|dt|rt|rtr|ft|imt|agent|oas|soat|cbt|ptt|ffct|wt)-{_W}{{20,}}"),  # GitLab
    *((mark, rf"\bAT(?:ATT|CTT)3{_W}{{50,}}") for mark in ("atatt3", "atctt3")),  # Atlassian, Bitbucket
    ("npm_", r"\bnpm_[A-Za-z0-9]{36}"),
    ("pypi-", rf"\bpypi-AgE{_W}{{50,}}"),
    ("rubygems_", r"\brubygems_[0-9a-f]{48}"),
    *((mark, r"\b(?:hf_|api_org_)[A-Za-z]{34}\b") for mark in ("hf_", "api_org_")),  # Hugging Face
    ("sk-", rf"(?<![\w-])sk-(?={_W}*[0-9])(?={_W}*[A-Z]){_W}{{32,}}"),  # OpenAI, Anthropic
    ("aiza", rf"\bAIza{_W}{{35}}"),  # Google
    ("ya29.", rf"\bya29\.{_W}{{20,}}"),
    ("gocspx-", rf"\bGOCSPX-{_W}{{20,}}"),
    ("xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),  # Slack
    ("xapp-", r"\bxapp-\d-[A-Za-z0-9-]{10,}"),
    ("hooks.slack.com", r"\bhooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/+]{30,}"),
    ("webhook.office.com", r"\bwebhook\.office\.com/webhookb2/\S{40,}"),
    ("/api/webhooks/", rf"\bdiscord(?:app)?\.com/api/webhooks/\d+/{_W}{{40,}}"),
    ("dckr_", rf"\bdckr_[a-z]{{3}}_{_W}{{20,}}"),  # Docker
    ("hv", rf"\bhv[sbr]\.{_W}{{24,}}"),  # HashiCorp
    (".atlasv1.", rf"\b[A-Za-z0-9]{{14}}\.atlasv1\.{_W}{{60,}}"),
    ("dapi", r"\bdapi[0-9a-f]{32}\b"),  # Databricks
    ("_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}"),  # DigitalOcean
    ("sg.", rf"\bSG\.{_W}{{20,24}}\.{_W}{{39,50}}"),  # SendGrid
    ("k_live_", r"\b[rs]k_live_[A-Za-z0-9]{10,}"),  # Stripe
    ("gls", r"\bglsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),  # Grafana
    ("age-secret-key-", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}"),
    *((mark, r"\b(?:AKCp[A-Za-z0-9]{65,}|cmVmd[A-Za-z0-9]{59})") for mark in ("akcp", "cmvmd")),  # Artifactory
    ("eyj", r"(?<![\w-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\."),  # JSON web token
    ("eyj0awqioi", r"\beyJ0aWQiOi[A-Za-z0-9+/=_-]{20,}"),  # Seqera Platform
    ("private key", r"-----BEGIN[ A-Z0-9]*PRIVATE KEY"),
)

# not a credential itself: a variable, a placeholder, a path or address, an ARN, an option, a word of configuration
_ELSEWHERE = (
    r"""(?:["']?(?:[$<>{%@*\[]|~?/|\.{1,2}/|[a-z][a-z0-9+.-]{1,20}://|arn:|secrets\.|-)|["']{2}"""
    r"""|["']?(?:true|false|yes|no|null|none|off|on|auto|default)\b)"""
)
_ASKING = (
    *("password", "passwd", "passwort", "passphrase", "passcode", "pwd"),
    *("secret", "token", "credential", "credentials"),
)
_KEYS = (
    *("api", "access", "auth", "account", "client", "private", "priv", "secret", "encryption", "signing"),
    *("service", "db", "database"),
)
_PASSES = (
    *("db", "database", "user", "admin", "root", "key", "smtp", "ftp", "proxy", "registry"),
    *("mysql", "pg", "redis"),
)

_NAMES = ("pass", "pwd", "secret", "token", "credential", "key")
# --db-password x, DB_PASSWORD=x, ?access_token=x: the name, the separator, the value
_GIVEN = r"([\w-]{1,64})(\s?=\s?|\s+)(?=(\S{1,64}))"
_HELD: tuple[tuple[tuple[str, ...], str], ...] = (
    # marks, and the expression around them; all in lower case
    (("://",), r"://[^/\s:@]*:(?![${<%])[^/\s@]+@(?!sha\d+:)"),
    (("bearer",), r"\bbearer\s+(?=\S*\d)[\w.~+/-]{12,}"),
    (("authorization",), r"\bauthorization\s*[:=]\s*(?:(?:basic|bearer|token|digest)\s+)?(?=[\w.~+/=-]{12})"),
    (("curl", "wget"), r"\s(?:-u|--user)[\s=]?(?!\d+:\d)[^\s:$]{1,64}:(?!\$)[^\s/]{4}"),
    (("sshpass",), r"\bsshpass\s+-p\s?(?!\$|[\"']\$)\S"),
    (("machine",), r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?!\$)\S"),
)
# 40 characters of base64: an AWS secret access key. Unlike a hash it has capitals, unlike a path it has no words
_RANDOM = r"(?<![A-Za-z0-9/+_.-])(?!/)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_.-])"
_KINDS = (r"[a-z]", r"[A-Z]", r"[0-9]")
_WORD = r"[A-Za-z][a-z]{3,}"
_WORDS_AT_MOST = 3

_SHORTEST, _SHORTEST_TOKEN = 7, 20


def shown(value: object) -> str:
    """A value as a message may show it: short, on one line, and never a credential."""
    if looks_secret(str(value)):
        return "(hidden)"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def shown_number(written: str) -> str:
    """A number, true or false as it is written, shortened if necessary."""
    return written if len(written) <= 30 else f"{written[:27]}…"


@lru_cache(maxsize=4096)
def looks_secret(text: str) -> bool:
    """Whether a text is or contains a credential by its format."""
    if len(text) < _SHORTEST:
        return False
    lowered = text.lower()
    for marks, shape in _HELD:
        if any(mark in lowered for mark in marks) and re.search(shape, lowered):
            return True
    if any(name in lowered for name in _NAMES) and any(map(_is_given, re.finditer(_GIVEN, text))):
        return True
    if len(text) < _SHORTEST_TOKEN:
        return False
    for mark, shape in _TOKENS:
        if mark in lowered and re.search(shape, text):
            return True
    return len(text) >= 40 and any(map(_is_random, re.findall(_RANDOM, text)))


def _is_given(found: re.Match[str]) -> bool:
    """Whether a name, a separator and a value are a credential."""
    name, between, value = found.groups()
    if not (("=" in between or name.startswith("-")) and asks_for_one(name)):
        return False
    return not is_elsewhere(value) and (not value.isdigit() or "pass" in name.lower())


def _is_random(text: str) -> bool:
    return all(re.search(kind, text) for kind in _KINDS) and len(re.findall(_WORD, text)) <= _WORDS_AT_MOST


def asks_for_one(key: str) -> bool:
    """Whether the name of a key asks for a credential: apiToken, AWS_SECRET_ACCESS_KEY; not token_length."""
    *before, last = re.split(r"[_.-]", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower())
    if last == "id" and before:
        *before, last = before
    owner = before[-1] if before else ""
    return (
        last.endswith(_ASKING)
        or last == "sas"
        or (last == "pass" and (not before or owner in _PASSES))
        or (last == "key" and owner in _KEYS)
        or (last.endswith("key") and last[:-3] in _KEYS)
        or (last.endswith("pass") and last[:-4] in _PASSES)
    )


def is_elsewhere(value: str) -> bool:
    """Whether a value only refers to a credential (a variable, a path, an ARN), or is a word such as none."""
    return re.match(_ELSEWHERE, value, re.IGNORECASE) is not None


def check(document: Document) -> list[Finding]:
    """A finding for each value that looks like a credential, and for each key that asks for one."""
    return [
        Finding(
            place,
            "credential",
            f"{what} looks like a credential",
            "remove it (and revoke it if it was ever committed): AWS credentials belong in the environment or "
            "~/.aws, pipeline secrets in `nextflow secrets`",
        )
        for place, what in _suspects(document, document.data, ())
    ]


def _suspects(document: Document, value: Any, path: Path) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if looks_secret(key):
                yield document.key_place((*path, key)), "a key"
            if _asked_for(key, item):
                yield document.place((*path, key)), f"'{key}'"
            else:
                yield from _suspects(document, item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _suspects(document, item, (*path, index))
    elif isinstance(value, str) and looks_secret(value):
        named = path and isinstance(path[-1], str) and not looks_secret(path[-1])
        yield document.place(path), f"the value of '{path[-1]}'" if named else "a value"


def _asked_for(key: str, value: Any) -> bool:
    """Whether a key asks for a credential and its value is one; `max_token: 512` is not, a password of digits is."""
    if isinstance(value, list):
        return any(_asked_for(key, item) for item in value)
    if isinstance(value, bool) or not asks_for_one(key) or looks_secret(key):
        return False
    if isinstance(value, str):
        return value != "" and not is_elsewhere(value)
    return isinstance(value, int) and "token" not in key.lower()
