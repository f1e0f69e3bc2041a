"""The Scaling pages: what skep did and why, inside Flower's layout and login."""
