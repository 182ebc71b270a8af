"""The tree of bureaus, consortia and schools; calendars, agreements, travel times."""
