"""The behaviour of other autoscalers, restated as inputs and outputs, run against the core."""
