"""Speed, memory and cost of networks: what is compared, how it is measured, the results."""
