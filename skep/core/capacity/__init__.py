"""Capacity: the room that nodes give, whether more of it is needed, and what of it a pool could do without.

Everything rests on one simulation of Swarm's scheduler: a :mod:`~skep.core.capacity.room` of nodes with what is left on
each, the ``filters`` that Swarm has, and its :mod:`~skep.core.capacity.spreading`.

- :func:`skep.core.capacity.want.wants`: what has no node yet.
- :func:`skep.core.capacity.placement.place`: where Swarm would put it, and why not.
- :func:`skep.core.capacity.needed.needed_nodes`: how many nodes of which pool, for that, as headroom and for relief.
- :func:`skep.core.capacity.removal.removable`: which nodes could go, and why each of the others stays.
- :func:`skep.core.capacity.rebalance.rebalance`: which replicas should move onto a node that has just joined.
- :func:`skep.core.capacity.account.accounts`: what is set aside and needed on each node.
"""
