"""Tasks, beat, workers, command line and Flower pages."""
