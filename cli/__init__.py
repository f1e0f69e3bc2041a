"""WHO: the console command skep, one file per group of commands."""
