"""Claims on time: what occupies an asset or room; no two overlap."""
