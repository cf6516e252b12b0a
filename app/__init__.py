"""Five by Five: a convolutional network small enough to read every number."""
