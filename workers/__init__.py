"""Processes that describe photos beside the API: Celery tasks, or one embedded loop."""
