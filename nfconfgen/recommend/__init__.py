"""What tasks should ask for, by what past ones used."""
