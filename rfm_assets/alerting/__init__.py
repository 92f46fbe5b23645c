"""What is told to people when a run or a check failed: the words, and the ways that they are sent."""
