"""What a rule can ask of a mail: one module a group of fields, put together in `mailcore.rule_fields`."""
