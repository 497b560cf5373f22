"""Parts of `nfconfgen recommend`."""
