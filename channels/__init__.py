"""What is sent, and how a provider's words become ours. A folder per channel, a file per provider in it."""
