"""The words on searches with many workers."""

from asv_benchmarks.quality.scaled.runs import SEND_SECONDS

SCALING = f"""\
## Many workers, in virtual time

What share of 1 to 1,024 workers is busy, and how long a search takes to a good score.
`sksearch.testing.simulate` runs the optimizer, the scheduler, the log and the loop as
they are; fits take recorded seconds on workers that do not exist. What the one thread
that decides needs of CPU passes in virtual time too, while free workers wait; each fit
that it hands out costs it {1e3 * SEND_SECONDS:g} ms more, which is what a process took
for a fit on a real pool of eight workers, rounded up. No worker starts late, dies, or
shares a processor, and no data travel.

The fits are of LightGBM on the loans of the examples, 256 points of a space of six
parameters in five folds, with the score and the CPU seconds at 3, 9, 27, 81 and 243
trees; a candidate counts as the nearest of them. What fits take in full is stretched to
2 to 20 seconds, shorter ones in proportion. `random` draws candidates, `auto` is the
default of the search estimators, a Gaussian process and beyond 2,000 candidates `TPE`.
`in order` and `asynchronous` train all in full and commit results in the order of the
queue, or as they come; `ASHA` is what `HyperbandSearchCV(asynchronous=True)` does.

A search has 1,000 candidates, or four for each worker if that is more. So many may be
unfinished ("pending") that they have twice as many folds as there are workers; in order
1 + (longest fit) / (mean fit) times as many, for the others go on while the longest
holds up the log. `max_pending="auto"` depends on the optimizer alone and is too small
for most of these.

"Busy" is the share of worker-seconds in which a fit ran, from the start of the search
to its last result. "Steady" begins when as many fits have begun as there are workers,
and ends when the last candidate begins. The target is the mean score that one recorded
point in a hundred exceeds, trained in full; times to it are medians, and infinite ones
count. Milliseconds are of the parent's CPU for each task, which has five folds here;
handing out its fits is not in them, but in "parent busy", the share of the time.
"""

KEEPING = """\
### What the parent does beside its suggestions

CPU milliseconds for each task, which is all folds of a candidate up to a resource, in
searches of 10,000 candidates on 64 virtual workers, with 1,000 unfinished: scheduling,
recording, the queue. Scores and seconds (2 to 20) are drawn. Callbacks, a journal, and
sending fits to a pool are not in it.
"""
