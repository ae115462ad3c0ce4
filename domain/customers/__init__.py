"""The people we write to: contact points, and when two addresses are the same."""
