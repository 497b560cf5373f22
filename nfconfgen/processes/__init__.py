"""What each process of a pipeline asks for on a site, with profile and pipeline together, and where that goes."""
