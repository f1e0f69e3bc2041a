"""WHERE: the Celery application, its queues, and the life of a worker."""
