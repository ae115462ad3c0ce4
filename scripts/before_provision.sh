#!/bin/sh
# Run by azd before it provisions. Remembers in which month the environment began: Azure refuses a budget that begins in
# a past month, and refuses to change when one began, so the month of its creation is the one that always works.
set -eu

[ -n "${BUDGET_START:-}" ] || azd env set BUDGET_START "$(date -u +%Y-%m-01)"
