"""Tables as data: what each table says, before anything writes it."""
