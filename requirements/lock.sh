#!/bin/sh
# Pins every dependency with its hashes. Needs network access to the package registry.
set -eu
cd "$(dirname "$0")/.."
python3 -m venv var/lock
var/lock/bin/python -m pip install --quiet uv
pin() {
    var/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url "$@"
}
pin pyproject.toml -o requirements/agent.txt
pin pyproject.toml requirements/build.in --extra server -o requirements/server.txt
pin pyproject.toml requirements/build.in --extra server --extra dev -o requirements/dev.txt
