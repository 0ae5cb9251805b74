"""Runs of a region made by Celery workers: orders go out through a broker, notices of them come back.

Admission rule: what knows Celery, kombu or a broker, and nothing else does; this room is loaded by name, and only where
a broker is named, as its libraries are an extra. Results never pass here: a worker keeps them as an agent does.
"""
