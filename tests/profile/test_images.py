"""References to images: what the registries' own grammar takes, and what nothing can pull."""

from __future__ import annotations

import pytest

from nfconfgen.profile.checking import images

HEX = "0123456789abcdef" * 4

FINE = [
    "salmon",
    "salmon:1.10.3",
    "obenauflab/salmon:latest",
    "quay.io/biocontainers/salmon:1.10.1--h7e5ed60_0",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/lab/salmon:1",
    "public.ecr.aws/docker/library/ubuntu:22.04",
    "localhost/tool",
    "localhost:5000/tool:A.b-c_D",
    "registry.example.org:5000/a/b/c/d:1",
    "Registry.Example.org/tool",
    "lab/a.b_c__d-e---f",
    f"lab/tool@sha256:{HEX}",
    f"lab/tool@sha512:{HEX * 2}",
    f"lab/tool:1@sha256:{HEX}",
    f"a:{'t' * 128}",
    "a" * 255,
    f"{'a' * 250}/b:c",
]

FAULTY = [
    "",
    "a:b:c",
    "a//b",
    "/a",
    "a/",
    "a/:1",
    "a:",
    ":1",
    "a@",
    "a@sha256",
    "a@sha256:",
    f"a@sha256:{HEX[:-1]}",
    f"a@sha256:{HEX}0",
    f"a@sha256:{HEX.upper()}",
    f"a@md5:{HEX[:32]}",
    f"a@sha256:{HEX}:1",
    f"a@sha256:{HEX}@sha256:{HEX}",
    f"@sha256:{HEX}",
    HEX,
    "Salmon",
    "lab/Salmon:1",
    "Lab/salmon",
    "quay.io/Lab/salmon",
    "-a",
    "lab/-a",
    "lab/a-",
    "lab/.a",
    "lab/a..b",
    "lab/a___b",
    "lab/a._b",
    "lab/a+b",
    "a:-b",
    "a:.b",
    "a:b+c",
    f"a:{'t' * 129}",
    "a b",
    "a\n",
    "a:1 ",
    "é/a",
    "-quay.io/a",
    "quay..io/a",
    "quay.io-/a",
    "quay.io:/a",
    "quay.io:x/a",
    "quay.io:1:2/a",
    "reg_istry.org/a",
    "a" * 300,
    f"lab/{'a' * 256}:1",
    "docker://lab/a",
]


@pytest.mark.parametrize("image", FINE)
def test_reference_that_can_be_pulled(image: str) -> None:
    assert images.fault(image) == ""


@pytest.mark.parametrize("image", FAULTY)
def test_reference_that_cannot(image: str) -> None:
    assert images.fault(image)


@pytest.mark.parametrize("image", [image for image in FINE if not image.endswith(HEX) or ":1@" not in image])
def test_nextflow_makes_a_definition_of_what_has_no_tag_next_to_its_digest(image: str) -> None:
    assert bool(images.fault_for_nextflow(image)) == ("@sha512" in image)


def test_nextflow_refuses_tag_and_digest_together() -> None:
    assert images.fault_for_nextflow(f"lab/tool:1@sha256:{HEX}")
    assert images.fault_for_nextflow(f"localhost:5000/tool@sha256:{HEX}") == ""
