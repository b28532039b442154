"""Cases that attack: suites that tell a policy from every near miss of it, and engines that claim to implement it."""
