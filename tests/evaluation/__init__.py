"""The evaluation of policies on recorded loads."""
