"""Exceptions that the policy raises in a running program."""


class RefusedError(Exception):
    """The running program broke a rule of the policy. It may catch this; otherwise the call is `rejected`."""


class RefusedImportError(RefusedError, ModuleNotFoundError):
    """The import is not on the allow-list. The program sees it as a missing module."""


class RefusedAttributeError(RefusedError, AttributeError):
    """The attribute leads out of the program."""


class RefusedCallError(RefusedError, NameError):
    """The built-in is not available to programs."""
