"""WHY: the brain that decides and acts; it has never heard of Celery."""
