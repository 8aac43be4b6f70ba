"""Tables as data: the content of each table, in no format yet."""
