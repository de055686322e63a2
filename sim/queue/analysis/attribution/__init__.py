"""What is compiled of `causes`: from one event second to the next, all who wait are judged class by class.

Jobs that hold as many GPUs and may use the same pools are a class: whether they fit, could be served by failed nodes or
are split between pools is one question for all of them, so that a class keeps a clock for each answer, and a job gets
what the clocks have gone on while it was there. What is left depends on the number of the job as well: whether the GPUs
that failed nodes, or later jobs, would leave are enough for it and for those that wait before it. The later the job,
the less there is for it, so that a class in the order of its numbers is parted at an edge for each of the two
questions, and only a job that comes to stand on the other side of it is work.

How many GPUs are held and waited for before an edge is kept up to date as jobs come, start and end; where the edge
moves, it is asked of a Fenwick tree (1994, Software: Practice and Experience 24:327) over blocks of job numbers.
"""
