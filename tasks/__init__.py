"""The tasks, one module each; `conf/task/*.yaml` names them."""
