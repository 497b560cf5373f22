"""The geometry of the charts on the page of recommendations, in percent of their width."""
