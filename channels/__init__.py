"""What is sent, and how a provider's codes become ours. A folder per channel, with a file per provider."""
