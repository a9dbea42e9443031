"""Small supports that know nothing of derivatives: checks of arguments, files, threads, memory, nested structures."""
