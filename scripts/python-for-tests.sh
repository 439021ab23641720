#!/bin/sh
# Makes the Python that tests of exports and notebooks run with, in .maggy/python. Without it those tests are skipped.
set -eu
cd "$(dirname "$0")/.."
python3 -m venv .maggy/python
.maggy/python/bin/pip install --quiet --requirement test/python/requirements.txt
echo "Python for tests is in .maggy/python"
