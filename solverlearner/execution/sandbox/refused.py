"""What the policy raises in a running program."""


class RefusedError(Exception):
    """The running program broke a rule of the policy. A program may catch it; uncaught it is `rejected`."""


class RefusedImportError(RefusedError, ModuleNotFoundError):
    """An import that is not on the allow-list: for the program, a module that is not there."""


class RefusedAttributeError(RefusedError, AttributeError):
    """An attribute that leads out of the program."""


class RefusedCallError(RefusedError, NameError):
    """A built-in that is not handed out."""
