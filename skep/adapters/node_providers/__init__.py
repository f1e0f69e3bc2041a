"""What makes and takes away machines, one provider per file; skep.wiring chooses among them by name."""
