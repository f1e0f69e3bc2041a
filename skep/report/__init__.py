"""Values to something to look at: charts, tables, dashboards, sentences."""
