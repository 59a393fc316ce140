"""`UserError`, where the rollouts, the trainer and the evaluations take it from: an environment raises it, too, so the
contract of the environments defines it, which the trainer must not import.
"""

from environments.contract import UserError

__all__ = ["UserError"]
