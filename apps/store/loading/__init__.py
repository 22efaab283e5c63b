"""Reading files of samples: network commands and tables, in batches, resumable, rejected lines named."""
