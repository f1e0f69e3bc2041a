"""A Swarm to practise on: real engines, an emulator, and the demo."""
