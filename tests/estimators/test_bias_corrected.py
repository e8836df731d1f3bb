"""BBC-CV: the score of a search without the luck of its best candidate."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.metrics import get_scorer, make_scorer, mean_absolute_error
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    bootstrap_bias_corrected_score,
)
from sksearch.estimators._bootstrap_pool import Pool, weights_of_draws
from sksearch.estimators._replay import _Replay, rescorer
from sksearch.metrics import neg_n_parameters

X, Y = make_classification(120, 8, n_informative=3, flip_y=0.2, random_state=0)
SPACE = {"max_depth": (1, 8), "ccp_alpha": (1e-3, 0.1, "log-uniform")}
TWO = {"C": (1e-3, 1e3, "log-uniform")}
DRAWS = {"n_bootstraps": 60, "random_state": 0}


def make_search(**options):
    options = {"n_iter": 8, "cv": KFold(4), "random_state": 0, **options}
    model = DecisionTreeClassifier(random_state=0)
    return BayesSearchCV(model, SPACE, return_oof=True, **options)


def by_hand(search, X, y, score, n_draws, seed, groups=None):
    """The algorithm as it stands in the paper, by loops."""
    models = [
        DecisionTreeClassifier(random_state=0, **params)
        for params in search.cv_results_["params"]
    ]
    found = [cross_val_predict(m, X, y, cv=search.cv, groups=groups) for m in models]
    rng, units = np.random.RandomState(seed), np.arange(len(y))
    units = units if groups is None else groups
    names = np.unique(units)
    scores = []
    for _ in range(n_draws):
        counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)))
        times = counts[np.searchsorted(names, units)]
        rows, left = np.repeat(np.arange(len(y)), times), np.flatnonzero(times == 0)
        best = int(np.argmax([score(y[rows], p[rows]) for p in found]))
        scores.append(score(y[left], found[best][left]))
    return np.array(scores)


# -- the algorithm -----------------------------------------------------------------


def accuracy(y, labels):
    return float(np.mean(y == labels))


def test_it_is_the_algorithm_of_the_paper():
    search = make_search().fit(X, Y)
    found = bootstrap_bias_corrected_score(search, **DRAWS)
    # The pool has the rows in the order of the folds, which with KFold is their own.
    expected = by_hand(search, X, Y, accuracy, 60, 0)
    np.testing.assert_allclose(found.bootstrap_scores, expected, rtol=0, atol=1e-12)
    assert found.score == pytest.approx(expected.mean())
    assert found.standard_error == pytest.approx(expected.std(ddof=1))
    assert found.confidence_interval() == pytest.approx(
        np.percentile(expected, [2.5, 97.5])
    )
    assert found.best_score == search.best_score_
    assert found.optimism == pytest.approx(search.best_score_ - expected.mean())
    assert (found.n_candidates, found.unit, found.n_units) == (8, "rows", 120)


def test_groups_are_drawn_as_a_whole():
    groups = np.arange(120) // 6
    search = make_search(cv=GroupKFold(4)).fit(X, Y, groups=groups)
    found = bootstrap_bias_corrected_score(search, **DRAWS)
    assert (found.unit, found.n_units) == ("groups", 20)
    expected = by_hand(search, X, Y, accuracy, 60, 0, groups)
    np.testing.assert_allclose(np.sort(found.bootstrap_scores), np.sort(expected))
    repeated = np.repeat(X[:20], 6, axis=0), np.repeat(Y[:20], 6)
    assert (
        bootstrap_bias_corrected_score(
            make_search(cv=GroupKFold(4)).fit(*repeated, groups=groups)
        ).standard_error
        > 1.5
        * bootstrap_bias_corrected_score(make_search().fit(*repeated)).standard_error
    )


def test_a_row_that_is_tested_twice_goes_as_a_whole():
    search = make_search(cv=RepeatedKFold(n_splits=3, n_repeats=2, random_state=0))
    kept = search.fit(X, Y).oof_
    pool = Pool(kept, list(kept.candidates), "score", False)
    assert (pool.n_rows, pool.n_units) == (240, 120)
    weights = next(weights_of_draws(pool, 5, np.random.RandomState(0)))
    scores, chosen = pool.draw(weights)
    table = np.stack([kept.predictions(i) == Y for i in kept.candidates]).mean(axis=1)
    np.testing.assert_array_equal(chosen, np.argmax(weights @ table.T, axis=1))
    for line, score, best in zip(weights, scores, chosen, strict=True):
        assert score == pytest.approx(table[best][line == 0].mean())


def test_rows_that_no_fold_tests_are_not_drawn():
    search = make_search(cv=ShuffleSplit(2, test_size=0.2, random_state=0)).fit(X, Y)
    found = bootstrap_bias_corrected_score(search, **DRAWS)
    assert found.n_units == len(np.unique(np.concatenate(search.oof_.tests)))


def test_many_rows_change_no_draw(monkeypatch):
    search = make_search().fit(X, Y)
    once = bootstrap_bias_corrected_score(search, **DRAWS)
    monkeypatch.setattr("sksearch.estimators._bootstrap_pool._MOST_AT_ONCE", 7 * 120)
    again = bootstrap_bias_corrected_score(search, **DRAWS)
    np.testing.assert_array_equal(once.bootstrap_scores, again.bootstrap_scores)


# -- scores ------------------------------------------------------------------------

LABELS = ["accuracy"]
BINARY = [*LABELS, "neg_log_loss", "neg_brier_score", "roc_auc"]
NUMBERS = [
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "neg_mean_absolute_error",
]


@pytest.mark.parametrize("name", [*BINARY, *NUMBERS])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), ties=st.booleans(), n=st.integers(8, 40))
def test_what_is_fast_is_what_the_scorer_says(name, seed, ties, n):
    rng = np.random.default_rng(seed)
    if name in NUMBERS:
        classes, y = None, rng.normal(size=n)
        candidates = [{"predict": rng.normal(size=n)} for _ in range(3)]
    else:
        # The Brier score of texts needs a pos_label, also in a search.
        classes = np.array([0, 1] if name == "neg_brier_score" else ["no", "yes"])
        y = rng.choice(classes, n)
        p = rng.random((3, n))
        p = np.round(p, 1) if ties else p
        candidates = [
            {"predict_proba": np.column_stack([1 - q, q]),
             "predict": classes[(q > 0.5).astype(int)]}
            for q in p
        ]  # fmt: skip
    scorer = get_scorer(name)
    fast = rescorer(scorer, candidates, y, classes, {})
    assert not isinstance(fast, _Replay)
    slow = _Replay(scorer, candidates, y, classes, {})
    weights = rng.multinomial(n, np.full(n, 1 / n), size=6).astype(float)
    has_both = [len(np.unique(y[w > 0])) > 1 or name in NUMBERS for w in weights]
    weights = weights[has_both]
    if len(weights) == 0:
        return
    np.testing.assert_allclose(fast.of_all(weights), slow.of_all(weights), atol=1e-9)
    chosen = rng.integers(0, 3, len(weights))
    np.testing.assert_allclose(
        fast.of_each(weights, chosen), slow.of_each(weights, chosen), atol=1e-9
    )


@pytest.mark.parametrize(
    "scoring",
    [
        None,
        "f1",
        "balanced_accuracy",
        "average_precision",
        "neg_log_loss",
        make_scorer(mean_absolute_error, greater_is_better=False),
    ],
)
@pytest.mark.parametrize("model", ["tree", "pipeline"])
def test_any_score_of_predictions(scoring, model):
    search = make_search(scoring=scoring, n_iter=5)
    if model == "pipeline":
        steps = make_pipeline(StandardScaler(), LogisticRegression())
        space = {f"logisticregression__{name}": v for name, v in TWO.items()}
        search.set_params(estimator=steps, param_distributions=space)
    found = bootstrap_bias_corrected_score(search.fit(X, Y), **DRAWS)
    assert np.isfinite(found.bootstrap_scores).all()
    assert found.score <= search.best_score_ + found.standard_error
    assert abs(found.optimism) < 0.5


def test_numbers_and_several_classes():
    data = make_regression(80, 4, noise=20.0, random_state=0)
    space = {"alpha": (1e-3, 1e3, "log-uniform")}
    search = BayesSearchCV(Ridge(), space, n_iter=6, return_oof=True, random_state=0)
    assert bootstrap_bias_corrected_score(search.fit(*data), **DRAWS).score > 0.5
    iris = load_iris(return_X_y=True)
    search = make_search(scoring="roc_auc_ovr", cv=None, n_iter=3).fit(*iris)
    few = {"n_bootstraps": 15, "random_state": 0}
    assert bootstrap_bias_corrected_score(search, **few).score > 0.9


def test_folds_are_scored_by_themselves_where_a_score_ranks():
    """Models of which each has a scale of its own."""
    search = make_search(scoring="roc_auc").fit(X, Y)
    by_fold, pooled = (
        bootstrap_bias_corrected_score(search, by_fold=b, **DRAWS)
        for b in (True, False)
    )
    auto = bootstrap_bias_corrected_score(search, **DRAWS)
    np.testing.assert_array_equal(auto.bootstrap_scores, by_fold.bootstrap_scores)
    assert not np.array_equal(auto.bootstrap_scores, pooled.bootstrap_scores)
    search = make_search(scoring="accuracy").fit(X, Y)
    by_fold, pooled = (
        bootstrap_bias_corrected_score(search, by_fold=b, **DRAWS)
        for b in (True, False)
    )
    assert by_fold.score == pytest.approx(pooled.score, abs=0.02)


def test_weights_reach_the_scorer():
    weights = np.where(np.arange(120) < 60, 1.0, 1e-9)
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        model = DecisionTreeClassifier(random_state=0).set_fit_request(
            sample_weight=False
        )
        search = make_search(scoring=scorer).set_params(estimator=model)
        search.fit(X, Y, sample_weight=weights)
        weighted = bootstrap_bias_corrected_score(search, **DRAWS)
    plain = bootstrap_bias_corrected_score(make_search().fit(X, Y), **DRAWS)
    assert weighted.standard_error > plain.standard_error  # of half of the rows


@pytest.mark.parametrize("kind", [HyperbandSearchCV, MultiObjectiveSearchCV])
def test_other_searches(kind):
    model = LogisticRegression(solver="saga", max_iter=9, tol=10.0)
    options = {"return_oof": True, "random_state": 0, "cv": 3, "n_iter": 9}
    if kind is HyperbandSearchCV:
        options |= {"resource": "n_samples", "max_resources": 60}
    else:
        options |= {"scoring": ["accuracy", "neg_log_loss"]}
    search = kind(model, TWO, **options).fit(X, Y)
    objective = "neg_log_loss" if kind is MultiObjectiveSearchCV else None
    found = bootstrap_bias_corrected_score(search, objective=objective, **DRAWS)
    assert found.n_candidates == len(search.oof_.candidates)
    assert found.objective == (objective or "score")


def test_only_feasible_candidates_are_chosen():
    scoring = {"accuracy": "accuracy", "size": neg_n_parameters}
    search = make_search(
        scoring=scoring, refit="accuracy", score_constraints={"size": -12.0}
    ).fit(X, Y)
    found = bootstrap_bias_corrected_score(search, **DRAWS)
    assert 0 < found.n_candidates < 8
    assert (search.cv_results_["violation"][found.chosen] == 0).all()


# -- what it is for ----------------------------------------------------------------


@pytest.mark.slow
def test_luck_is_taken_away_where_nothing_can_be_learned():
    """Candidates that toss a coin: the best of a hundred is no better than one."""
    above = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, 100)
        search = BayesSearchCV(
            _Coin(), {"seed": list(range(100))}, n_iter=100, optimizer="random",
            cv=KFold(5), return_oof=True, random_state=seed,
        ).fit(rng.normal(size=(100, 1)), y)  # fmt: skip
        found = bootstrap_bias_corrected_score(search, random_state=0)
        above.append((search.best_score_ - 0.5, found.score - 0.5))
    best, corrected = np.transpose(above)
    assert best.mean() > 0.1
    assert abs(corrected.mean()) < 3 * corrected.std(ddof=1) / np.sqrt(20)
    assert abs(corrected.mean()) < 0.02


class _Coin(DecisionTreeClassifier):
    """Guesses, by the bits of a row and a seed."""

    def __init__(self, seed=0):
        super().__init__()
        self.seed = seed

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        keys = np.ascontiguousarray(X[:, 0]).view(np.uint64)
        return np.array([_bit(self.seed, int(key)) for key in keys])


def _bit(seed, key):
    return int(np.random.SeedSequence([seed, key]).generate_state(1)[0] & 1)


# -- what it says ------------------------------------------------------------------


def test_it_can_be_read():
    found = bootstrap_bias_corrected_score(make_search().fit(X, Y), **DRAWS)
    text = repr(found)
    assert f"{found.score:.4f} +- {found.standard_error:.4f}" in text
    assert "best of 8 candidates" in text
    assert "60 draws of 120 rows" in text
    assert text.splitlines()[0] in found._repr_html_()
    assert 0 <= found.agreement <= 1
    low, high = found.confidence_interval(0.5)
    assert found.confidence_interval(0.9)[0] <= low <= high
    with pytest.raises(ValueError, match=r"level=1 must"):
        found.confidence_interval(1)


def refused(search, match, error=ValueError, **options):
    with pytest.raises(error, match=match):
        bootstrap_bias_corrected_score(search, **options)


def test_what_is_missing_is_named():
    refused(make_search(), "not fitted", NotFittedError)
    plain = make_search().set_params(return_oof=False).fit(X, Y)
    refused(plain, "return_oof=True, or use nested_cross_validate")
    search = make_search().fit(X, Y)
    refused(search, r"n_bootstraps=1 .* 2 or more", n_bootstraps=1)
    refused(search, "by_fold='x' must be", by_fold="x")
    refused(
        search, r"objective='f1' is not among the scores \['score'\]", objective="f1"
    )


def test_a_score_of_the_estimator_itself_is_refused():
    def leaves(estimator, X, y):
        return -float(estimator.get_n_leaves())

    refused(make_search(scoring=leaves).fit(X, Y), "looks at the estimator itself")
    counts = np.random.default_rng(0).poisson(2.0, 120)
    space = {"alpha": (1e-3, 1e3, "log-uniform")}
    search = BayesSearchCV(PoissonRegressor(), space, n_iter=3, return_oof=True)
    refused(search.fit(X, counts), "looks at the estimator itself")  # its deviance


def test_a_choice_by_no_one_score_is_refused():
    search = make_search(
        scoring=["accuracy", "neg_log_loss"], refit=lambda table: 3
    ).fit(X, Y)
    refused(search, r"does not choose by one score.*\['accuracy', 'neg_log_loss'\]")
    found = bootstrap_bias_corrected_score(search, objective="accuracy", **DRAWS)
    assert found.best_score == search.cv_results_["mean_test_accuracy"][3]


def test_too_few_units_are_refused():
    groups = np.arange(120) // 40
    one = make_search(cv=[(np.arange(40, 120), np.arange(40))])
    with pytest.raises(ValueError, match="There is 1 group to draw from"):
        bootstrap_bias_corrected_score(one.fit(X, Y, groups=groups))
    rare = np.arange(120) % 60 == 0
    search = make_search(scoring="roc_auc", n_iter=3, error_score=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # folds with one class
        search.fit(X, rare)
    # Seeded: 47 % can on the average, and half of them would do.
    refused(search, "Only .* of the draws can be scored by 'score'", random_state=0)
