"""A folder a channel, a file a provider in it. A channel takes a submission and gives an answer."""
