"""Commands for operators, run from their own machine; docs/runbook.md says when."""
