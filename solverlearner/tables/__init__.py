"""Tables: from rows on disk to what goes into a paper. Reads run folders only; asks and runs nothing."""
