"""The partitions of a cluster as the pools of a site: their nodes, limits, and who may use them."""
