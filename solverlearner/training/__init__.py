"""Training: fine-tuning and patch-level training, for the harness to evaluate (`python -m solverlearner train`).

It needs the extra `train`: torch, transformers, accelerate and peft.
"""
