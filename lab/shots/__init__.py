"""Pictures of everything that an operator looks at, from live data of a lab."""
