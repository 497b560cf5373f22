"""profile.yml to `Profile`: YAML with positions, then the schema, then the checks of meaning."""
