"""The network itself in pure numpy: windows, layers, forward, backward, traces."""
