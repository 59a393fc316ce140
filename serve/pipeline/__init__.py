"""The whole loop as one file says it: `python -m serve pipeline CONFIG`. docs/pipeline.md tells how it is used.

`settings` is the file; `stages` what follows from it, as command lines of this project; `decision` what to do about
each stage, and why; `ledger` what was done; `process` and `controller` do it; `explanation` and `estimate` say it
beforehand.
"""
