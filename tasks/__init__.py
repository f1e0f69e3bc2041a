"""WHAT: names, retries and limits of the Celery tasks; their bodies call skep."""
