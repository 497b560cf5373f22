#!/usr/bin/env bash
# Runs tests with the oldest versions of all dependencies that pyproject.toml allows, in a virtual environment of their
# own (.lab/oldest). Without arguments: some of each part that calls one of them. Else what pytest is given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[ -x .lab/oldest/bin/python ] || python3 -m venv .lab/oldest
.lab/oldest/bin/python -m tests.lab.oldest >.lab/oldest.txt
.lab/oldest/bin/pip install -q -c .lab/oldest.txt -e '.[test]'

if [ $# -eq 0 ]; then
    # PyYAML and jsonschema, Jinja, boto3 against stubs and against moto over HTTP, typer and rich
    set -- tests/profile/test_yaml12.py tests/test_schemas.py tests/executors/slurm/test_config.py tests/render/test_groovy.py \
        tests/executors/awsbatch/test_observe.py tests/executors/awsbatch/test_fargate.py tests/lab/aws/test_process.py tests/fast/test_arguments.py \
        tests/lab/test_oldest.py
fi
exec .lab/oldest/bin/python -m pytest -q "$@"
