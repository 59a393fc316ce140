"""What a step's numbers are, and the line that says them: losses, tokens, ratios, speed, memory."""

from __future__ import annotations

import resource
import time
from typing import Any

import torch

from train.ranks import Ranks
from train.settings import TrainSettings
from train.step import Stepped
from train.steps import Step
from train.tokenized import Dataset
