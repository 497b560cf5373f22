"""profile.yml to a document that fits the schema: YAML with positions, schema, messages."""
