"""What a GPU gives to a search of nets: rows on the device, several nets at once."""
