"""SEEN: Flower with its Scaling pages, and the webhooks that come in."""
