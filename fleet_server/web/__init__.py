"""Pages: rendering, languages, forms, static files."""
