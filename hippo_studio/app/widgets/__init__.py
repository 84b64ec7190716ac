"""Controls that the tabs share."""
