"""The effect log: which part of which object was written since a mark, by whom, through what."""
