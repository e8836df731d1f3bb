"""The words on searches that train candidates on."""

SEARCHES = """\
Searches of 49 candidates in three folds, up to 27 epochs or trees, on one thread:
`random` is `RandomizedSearchCV`, which trains every candidate in full, `hyperband` is
`HyperbandSearchCV` with its defaults, `hyperband-random` the same with candidates drawn
at random, `halving-3` and `halving-2` its first bracket alone, by factor 3 from 1 to 27
and by factor 2 from 3 to 24. `sklearn-halving` is `HalvingRandomSearchCV` by the same
rungs as `halving-3`, which fits survivors again at each. The problems are a perceptron
and a linear model of scikit-learn on the digits, by epochs (accuracy), a convolutional
net of skorch on them, with one third held out instead of three folds, and LightGBM on
2,000 of the loans of the demo, by trees (area under the ROC curve). Those that end in
`_81` have up to 81 epochs or trees and 143 candidates, as many as Hyperband starts
then; the factor 2 goes from 9 to 72 there. "Trained" is what all candidates were
trained by together, on one fold; "if begun again" what the same rungs take when each
begins with the first epoch or tree. The demands on restarts are of single brackets: a
whole round of Hyperband saves less, since its later brackets have fewer rungs. A third
of the digits and all other loans are held out; changes are of pairs with the same seed,
with their standard errors, and the demand is on problems with five seeds or more. The
searches of a problem were not all run on the same day: CPU seconds compare roughly.

On `sgd_digits`, `random` and `hyperband` have twenty seeds. The first ten missed the
demand on held-out scores with -0.0023 +- 0.0021. A cause was that all passes of one
candidate went over the rows in the same order; since each shuffles anew, these seeds
are at -0.0012 +- 0.0019. Ten more were added to see, and are at -0.0058 +- 0.0038; the
demand is on all twenty.

Of the loss on `mlp_digits`, -0.0060 on average, -0.0401 is that of seed 8: the nine
others are at -0.0022 on average. That seed's winner has 0.967 in three folds and 0.928
held out, by a learning rate of 0.026 that never settles: fitted by `fit` with nine
seeds of its own it has from 0.903 to 0.978.

Tried, and not taken: to start one candidate of the last bracket, which trains in full,
whenever another bracket is through, for the model to hear early of the highest
resource. Cross-validated and held-out scores changed by +0.0009 +- 0.0006 and
+0.0050 +- 0.0042 on `mlp_digits` (10 seeds), 0.0000 +- 0.0006 and +0.0022 +- 0.0012 on
`sgd_digits` (20), -0.0019 +- 0.0021 and +0.0020 +- 0.0027 on `lgbm_loans` (10), and
-0.0006 +- 0.0013 and -0.0084 +- 0.0037 on `cnn_digits` (8): no gain on all of them.
"""

WAITING = """\
### What waiting costs

Between two rungs a candidate waits on disk. One candidate climbs a few rungs as a
search trains it, on one thread: cloned, read where it was trained before, trained, and
written for the next rung. Medians of three candidates, each rung by itself. The net has
2.6 million weights, 10 MB; its optimizer waits with it, and Adam keeps two numbers for
each weight. The trees, up to 200, are of 100,000 made-up rows of 20 columns. The share
is that of writing, reading and cloning in the training, of CPU seconds and of seconds
on the wall, and the demand is on rungs that train for a second or more.
"""

FINISHING = """\
### Seconds to the score of a random search

How long a search takes to the score with which `RandomizedSearchCV` ends after 60
candidates, all trained in full. That search has a seed of its own; its folds are those
of the others. A search is there when a candidate that was trained in full has a mean at
least as high, and it could be stopped; one that is not there when the random search
ends is given up, has missed it, and counts with that time. `>` marks a median that is
of misses. Seconds are process CPU of whole searches with one thread, their refits left
out, because other work was on the machine; those on the wall stand beside them. What
the random search takes is divided by them in two readings: the whole of its time, which
a user waits for, and its time until it had the candidate that was its best.

- `mlp_digits_81` is scikit-learn's perceptron on the digits, one to 81 epochs,
  `cnn_digits_27` the convolutional net of skorch on them, one to 27 epochs, and
  `lgbm_loans_486` LightGBM on all 9857 loans, 6 to 486 trees; all in three folds.
- `HyperbandSearchCV` is ours, with its defaults; its brackets come round again until
  the score is reached. The demands are on it. `scheduler="asha"` waits for no rung to
  fill, and so has a candidate that is trained in full earlier.
- `Optuna + HyperbandPruner` trains the same perceptron by `partial_fit`, one trial
  after the other, asks the pruner after 1, 3, 9 and 27 epochs, and has TPE as its
  sampler.
- Why Optuna is there earlier on the perceptron: its first trials are trained in full,
  one in 81 epochs, where our first bracket gives one in 297. Epochs, counted apart on
  seeds 0 and 1: 391 and 504 with four and six candidates in full; ours on seed 1 are
  906 with three. Seconds per epoch are alike, and a pass by `partial_fit` takes 1.0 ms
  more than one of `fit`, of 1.8 to 8.3. With the bracket that trains in full as the
  second one ours was there after 162 and 702, but the best cross-validated score of a
  whole round on `lgbm_loans` was 0.0046 +- 0.0018 lower (ten seeds).
- With one candidate in full after each bracket that is through, which the section above
  measures in real searches, ours was there after 0.85 of the time, in a simulation of
  `mlp_digits_81` from the learning curves of 112 random candidates (32 seeds, logarithm
  of the ratio 0.16 +- 0.10).
- `dask-ml HyperbandSearchCV` holds out a third of the rows by itself. It runs one round
  of brackets and counts when it ends, with the score that its best parameters have when
  they are trained in full and scored like the others'; its scheduler and its one worker
  are threads of the process. It needs an environment of old releases, which
  `asv_benchmarks/quality/trained/dask_hyperband.py` describes.
"""
