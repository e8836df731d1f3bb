"""What the page says around its tables."""

INTRODUCTION = """\
<!-- Made by `python -m asv_benchmarks.reliability report`; changes here are lost. -->

# Reliability

What a search survives. Each figure comes from something that was really done:
processes were killed, fits hung, files were broken. The rows are in
`asv_benchmarks/reliability`; this makes them again, and then this page:

```
python -m asv_benchmarks.reliability run
python -m asv_benchmarks.reliability report
```

`run --only nested` does one part; `run --help` has the parts. The tests do the same
with the same code, but fewer times.
"""

KILLS = """\
## Kills

Searches with a journal were ended by SIGKILL at seeded moments, up to five times
each, and went on from the journal. A kill is survived when in the end `cv_results_`,
but for times, is that of a search that nobody killed, no fit ran again whose result
was in the journal, and no checkpoints stay behind. "In flight" are fits that had
trained when the kill came and whose result was not yet written: short fits travel in
batches, and nets of `batch_candidates` are trained as one. These run in one worker
only, since threads share the generator of torch. "multi" has two objectives,
"n_recheck" scores five candidates again.
"""

FATES = """\
## Fits that hang, or end their process

One of four candidates does it. With limits the search has `fit_timeout=2`, or for
memory `max_memory=600_000_000`. Threads, and a search that fits in its own process,
cannot end a fit: limits are refused there, and without limits such a fit is the end
of the search, or its hanging. What was finished before it is in the journal.
"""

ORPHANS = """\
## Searches that are killed while a fit hangs

The process of the search gets SIGKILL while all of its workers are in such a fit; the
table has how long the last of them lived. On Linux the kernel ends them (the signal
of a pipe of which the search holds the only writing end); elsewhere a thread of
theirs does, which a C call that holds the GIL keeps waiting. What the fit itself has
started lives on.
"""

JOURNALS = """\
## Broken journals

The journals of these searches, but for the nets, were harmed at seeded places, and
the search was run on them again. "Refused" is a `JournalError`, and the file stays as
it is.
"""

HOSTILE = """\
## Journals that somebody made up

Each follows a good header and has a right checksum, where it is no pickle. The
interpreter's audit hooks told of every unpickling, evaluation and start of a process
while it was read and resumed: any is "wrong", and so is an error that is no
`JournalError`.
"""

COSTS = """\
## What a journal costs

CPU time of a search with a journal less that of one without, on five folds, medians
of pairs. At most 0.2 ms are wanted.
"""

NESTED = """\
## Searches inside a cross-validation

`cross_val_score(search, cv=4, n_jobs=outer)` where the search, of six candidates on
three folds with its refit, has `n_jobs=inner`. Medians of rounds in turns, on the
wall. The ratio is that of 2 and 2 to the better of 2 and 1, 1 and 2: the search sees
that it is in a worker of another loop, and takes no more than that worker's cores.
"""
