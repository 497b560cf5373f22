"""The prices of instance types: on demand by the Pricing API, on Spot by EC2."""
