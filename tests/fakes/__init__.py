"""Small real implementations of skep.ports that tests can steer."""
