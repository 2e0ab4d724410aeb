"""Attacks on the grader, each between two honest neighbours: ``python -m benchmarks.attacks``.

All attackers hand in the same assignment in one course, and one run of ``lrcourse grade`` grades
them all. The table has, for each attack, the points that it earned and should not have, the honest
points that it lost, and whether a neighbour was harmed; below it stand what changed in the course
and around it, the connections that were made, what leaked, and which processes were left.
"""
