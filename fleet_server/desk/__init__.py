"""Read-only pages that join domains: homes, fleet, asset, device."""
