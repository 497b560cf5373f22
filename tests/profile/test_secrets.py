"""Credentials are refused wherever they stand and never repeated; what only looks random is left alone."""

from __future__ import annotations

import json

import pytest

from tests.core import load_text

HEX, DIGITS = "0123456789abcdef", "0123456789"
WORD = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ"  # 26 characters, as random as they come
LONG = WORD * 8

# In two parts each, so that scanners of this repository do not report them.
SHAPES: dict[str, tuple[str, str]] = {
    "aws key id": ("AKIA", "IOSFODNN7EXAMPLE"),
    "aws temporary key id": ("ASIA", "IOSFODNN7EXAMPLE"),
    "aws bedrock key": ("ABSK", f"{LONG[:110]}="),
    "aws secret key": ("wJalrXUtnFEMI/", "K7MDENG/bPxRfiCYEXAMPLEKEY"),
    "aws secret key in an option": ("--env=wJalrXUtnFEMI/", "K7MDENG/bPxRfiCYEXAMPLEKEY -x"),
    "aws session token": ("IQoJb3JpZ2lu", f"X2VjE{LONG[:200]}=="),
    "aws session token, older": ("FwoGZXIvYXdz", f"E{LONG[:200]}"),
    "presigned url": ("https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4&X-Amz-Signature=", HEX * 4),
    "presigned url, version 2": (
        "https://b.s3.amazonaws.com/k?AWSAccessKeyId=x&Signature=",
        "vjbyPxybdZaNmGa%2ByT272YEAiv4%3D",
    ),
    "cloudfront url": ("https://d1.cloudfront.net/k?Key-Pair-Id=K2JCJM&Signature=", f"{LONG[:80]}__"),
    "google signed url": ("https://storage.googleapis.com/b/k?X-Goog-Signature=", HEX * 16),
    "sas": (
        "https://a.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=",
        "Z%2FRHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk%3D",
    ),
    "sas alone": ("sv=2022-11-02&ss=b&sig=", "Z%2FRHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk%3D"),
    "azure storage key": ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=", f"{LONG[:86]}=="),
    "azure client secret": ("abc8Q~", f"{WORD}xyzXYZ12"),
    "github": ("ghp_", f"{WORD}0123456789"),
    "github app": ("ghs_", f"{WORD}0123456789"),
    "github, fine-grained": ("github_pat_", f"11AAAAAAA0{WORD}_{WORD}"),
    "gitlab": ("glpat-", "x1y2z3AbCdEfGhIjKlMn"),
    "gitlab deploy": ("gldt-", "x1y2z3AbCdEfGhIjKlMn"),
    "gitlab runner": ("glrt-", "x1y2z3AbCdEfGhIjKlMn"),
    "gitlab job": ("glcbt-", "64_x1y2z3AbCdEfGhIjKlMn"),
    "bitbucket": ("ATCTT3xFfGN0", LONG[:150]),
    "atlassian": ("ATATT3xFfGF0", LONG[:180]),
    "npm": ("npm_", f"{WORD}0123456789"),
    "pypi": ("pypi-", f"AgEIcHlwaS5vcmc{LONG[:80]}"),
    "rubygems": ("rubygems_", HEX * 3),
    "hugging face": ("hf_", "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"),
    "openai": ("sk-", f"proj-{WORD}T3BlbkFJ{WORD}"),
    "openai, older": ("sk-", f"{WORD[:20]}T3BlbkFJ{WORD[:20]}"),
    "anthropic": ("sk-ant-", f"api03-{LONG[:90]}AA"),
    "google api": ("AIza", "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"),
    "google oauth": ("ya29.", f"a0AfH6SM{WORD}{WORD}"),
    "google client": ("GOCSPX-", f"{WORD}_-"),
    "slack": ("xoxb-", f"{DIGITS}-{DIGITS}-{WORD}"),
    "slack app": ("xapp-1-", f"A0-{DIGITS}-{WORD}"),
    "slack webhook": ("https://hooks.slack.com/services/", f"T0AAAAAAA/B0AAAAAAA/{WORD[:24]}"),
    "teams webhook": (
        "https://lab.webhook.office.com/webhookb2/",
        f"{HEX[:8]}-1234-1234-1234-{HEX[:12]}@x/IncomingWebhook/{HEX}",
    ),
    "discord webhook": ("https://discord.com/api/webhooks/", f"{DIGITS * 2}/{LONG[:68]}"),
    "docker hub": ("dckr_pat_", f"{WORD}_"),
    "vault": ("hvs.", f"CAESI{LONG[:90]}"),
    "terraform": (f"{WORD[:14]}.atlasv1.", LONG[:67]),
    "databricks": ("dapi", HEX * 2),
    "digitalocean": ("dop_v1_", HEX * 4),
    "sendgrid": ("SG.", f"{WORD[:22]}.{LONG[:43]}"),
    "stripe": ("sk_live_", WORD),
    "grafana": ("glsa_", f"{WORD}ABCDEF_{HEX[:8]}"),
    "age": ("AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
    "artifactory": ("AKCp", f"{LONG[:69]}"),
    "json web token": ("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
    "seqera": ("eyJ0aWQiOiA4NTk4fS5k", "ZmY4YWJjMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk="),
    "private key": ("-----BEGIN RSA PRIVATE KEY-----\n", f"{LONG}\n"),
    "private key, openssh": ("-----BEGIN OPENSSH PRIVATE KEY-----\n", f"{LONG}\n"),
    "pgp": ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n", f"{LONG}\n"),
    "bearer": ("curl -H 'Authorization: Bearer ", f"{WORD}' https://example.org"),
    "bearer alone": ("Bearer ", f"{WORD}"),
    "basic": ("Authorization: Basic ", "bGFiOmh1bnRlcjI="),
    "password option": ("tool --password ", "hunter2 --threads 4"),
    "password option, quoted": ("tool --db-password='", "hunter2'"),
    "token option": ("tool --access-token=", "hunter2x"),
    "curl user": ("curl -u lab:", "hunter2 https://example.org/x"),
    "sshpass": ("sshpass -p ", "hunter2 ssh host"),
    "netrc": ("machine example.org login lab password ", "hunter2"),
    "url": ("https://lab:", "hunter2@example.org/x"),
    "url without user": ("redis://:", "hunter2@example.org:6379"),
    "connection string": ("Server=db;User Id=lab;Password=", "hunter2;"),
    "assignment": ("export PGPASSWORD=", "hunter2"),
    "assignment of a token": ("export TOWER_ACCESS_TOKEN=", "hunter2x"),
    "assignment of a key": ("module load x; API_KEY='", "hunter2x'; run"),
    "query": ("https://example.org/x?access_token=", "hunter2x"),
}
KEYS = (
    "password",
    "dbPassword",
    "db_pass",
    "dbPass",
    "pass",
    "pwd",
    "mysql_pwd",
    "passphrase",
    "secret",
    "secretKey",
    "aws_secret_access_key",
    "access_key",
    "client_secret",
    "private_key",
    "privateKey",
    "api_key",
    "apiKey",
    "apikey",
    "api-key",
    "auth_key",
    "account_key",
    "azure.storage.accountKey",
    "token",
    "access_token",
    "session_token",
    "SESSION_TOKEN",
    "githubToken",
    "hf_token",
    "TOWER_ACCESS_TOKEN",
    "credentials",
    "sas_token",
    "encryption_key",
)
HARMLESS: dict[str, object] = {
    "md5": HEX * 2,
    "sha1": HEX * 2 + HEX[:8],
    "sha256": HEX * 4,
    "sha512": HEX * 8,
    "upper": (HEX * 4).upper(),
    "git": "0123456789abcdef0123456789abcdef01234567",
    "uuid": "d9feadfe-6e50-4d66-a389-9cfa3e750ec2",
    "image": f"quay.io/biocontainers/star@sha256:{HEX * 4}",
    "tagged": f"docker://ubuntu:22.04@sha256:{HEX * 4}",
    "mulled": "quay.io/biocontainers/mulled-v2-1fa26d1ce03c295fe2fdcf85831a92fbcbd7e8c2:1df389393721fc66f3fd8778ad938ac711951107-0",  # noqa: E501
    "wave": "community.wave.seqera.io/library/samtools_star:ab4ce1a1a3f1cde1",
    "oras": "oras://community.wave.seqera.io/library/salmon:1.10.3--fcd0755dd8abb423",
    "singularity": "https://depot.galaxyproject.org/singularity/star:2.7.10a--h9ee0642_0",
    "blob": f"https://community-cr-prod.seqera.io/docker/registry/v2/blobs/sha256/5b/{HEX * 4}/data",
    "s3": "s3://ngi-igenomes/igenomes/Homo_sapiens/NCBI/GRCh38/Sequence/WholeGenomeFasta/",
    "s3 deep": "s3://obenauflab/2021/Project42/RNAseq/batch7/FASTQ/Sample1234567890abcdefABCDEF12",
    "s3 access point": "arn:aws:s3:eu-west-1:123456789012:accesspoint/data",
    "role": "arn:aws:iam::123456789012:role/nf-AKIA-role",
    "definition": "arn:aws:batch:eu-west-1:123456789012:job-definition/x:7",
    "secret arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tower-AbCdEf",
    "kms": "arn:aws:kms:eu-west-1:123456789012:key/d9feadfe-6e50-4d66-a389-9cfa3e750ec2",
    "ami": "ami-0abcdef1234567890",
    "etag": f"{HEX * 2}-17",
    "accession": "GCA_000001405.15_GRCh38_no_alt_plus_hs38d1",
    "long path": "/groups/Genomes2024/HumanReferenceGRCh38v14a",
    "relative": "Genomes2024/HumanReference/GRCh38v14aaaa",
    "40 letters": "ThisIsOneVeryLongNameOfASampleOfProject1",
    "sequence": "ACGT" * 30,
    "adapter": "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA",
    "email": "me@example.org",
    "ssh": "git@github.com:lab/demo.git",
    "port": "http://proxy.example.org:3128/x@y",
    "scp": "me@host.example.org:/data",
    "proxy": "http_proxy,https_proxy",
    "option": "--pass-through 3 --tokenize --secretome x",
    "from a variable": "tool --password $DB_PASSWORD --token ${TOKEN}",
    "from a file": "tool --password-file /run/x --token /run/t",
    "assigned": "export DB_PASSWORD=$(cat /run/secrets/db) TOKEN=${TOKEN:-}",
    "in words": "password protected; the token is read from a file",
    "header": "Authorization: Bearer $TOKEN",
    "bearer": "the bearer of responsibilities",
    "modules": "module load Java/17.0.6 sk-learn/1.3.2",
    "sklearn": "sk-learn-pipeline-of-a-very-long-name",
    "npm": "npm_config_cache_directory_is_somewhere",
    "hf": "hf_hub_download_directory",
    "secrets": "secrets.DB_PASSWORD",
    "read groups": "ID:flowcell1.lane2 SM:NA12878 PL:ILLUMINA LB:lib-1",
    "signature": "gene_signature=HALLMARK_INTERFERON_ALPHA_RESPONSE",
    "sbatch": "--gres=gpu:a100:2 --constraint='[ib1|ib2]' --comment=x",
    "ext args": "--outSAMattributes NH HI AS NM MD --readFilesCommand zcat --quantMode TranscriptomeSAM",
    "max_token": 512,
    "pad_token": "<pad>",
    "token_length": 5,
    "tokenizer": "bert",
    "skip_token": True,
    "secretome": "/data/x.fa",
    "keyfile": "none",
    "dbgap_key": "/secure/prj_1234.ngc",
    "ssh_private_key": "~/.ssh/id_rsa",
    "credentials": "/run/cloud.json",
    "api_key": "$API_KEY",
    "token": "${TOKEN}",
    "secret": "",
    "password": None,
    "access_token": "{{ token }}",
    "key": "sample_id",
    "sort_key": "name",
    "first_pass": "sensitive",
    "two_pass_mode": "Basic",
    "bypass": "fast",
    "partition_key": "chrom",
    "pass_filter": "PASS",
    "compass": "north",
    "pathway": "KEGG",
    "author": "A. Nobody",
    "secret_token": "arn:aws:secretsmanager:eu-west-1:1:secret:x",
}


def profile(value: object, key: str = "harmless") -> str:
    """The value at every kind of position, each in a separate line."""
    at = {key: value}
    own = dict.fromkeys(("before_script", "cluster_options", "cache_dir"), value) if key == "harmless" else {}
    site = {"executor": "slurm", "queues": ["short"], "params": at, "env": {"variables": at}, **own}
    data = {
        "nfconfgen": 1,
        "pipeline": {"name": "demo"},
        "params": {**at, "several": ["a", {"deeper": at}]},
        "sites": {"cluster": site},
        "launch": {"params": {"cluster": at}, "warmup": {"cluster": at}},
    }
    return json.dumps(data, indent=1, ensure_ascii=False)


def credentials(text: str) -> list[int]:
    """The lines in which one is found; what else is wrong with the profile is not of interest."""
    return [it.place.line for it in load_text(text, "p.yml").findings if it.rule == "credential"]


def holding(text: str, key: str) -> list[int]:
    return [number for number, line in enumerate(text.split("\n"), start=1) if f'"{key}": ' in line]


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_refused_everywhere_and_never_repeated(name: str) -> None:
    before, secret = SHAPES[name]
    text = profile(before + secret)
    keys = ("harmless", "before_script", "cluster_options", "cache_dir")
    assert credentials(text) == sorted(line for key in keys for line in holding(text, key))
    texts = " ".join(f"{it.message} {it.advice}" for it in load_text(text, "p.yml").findings)
    assert [part for part in secret.split() if len(part) > 5 and part[:12] in texts] == []


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_asks_for_a_credential(key: str) -> None:
    text = profile("hunter2", key)
    assert credentials(text) == holding(text, key)
    assert "hunter2" not in str(load_text(text, "p.yml").findings)
    text = profile(["hunter2"], key)
    assert credentials(text) == holding(text, key)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_none(name: str) -> None:
    assert credentials(profile(HARMLESS[name], name if name.replace("_", "").isalpha() else "harmless")) == []
