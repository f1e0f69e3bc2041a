"""What happens when a part is slow, lying or dead."""
