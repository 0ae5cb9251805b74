"""The page for everybody: a read model of its own, that holds titles, states and sentences meant for everybody.

Admission rule: nothing here can reach the store, a probe or the ports of the other pages; it is handed what may be
shown, already reduced to that.
"""
