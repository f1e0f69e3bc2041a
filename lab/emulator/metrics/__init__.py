"""The figures of an emulated Swarm: a load, what it does to containers and nodes, and InfluxDB filled with it."""
