"""BayesSearchCV as a user meets it, beyond what the conformance suites ask."""

import json
import random
import re
import signal
import threading
import time
import warnings

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import ThreadpoolController

from sksearch import BayesSearchCV
from sksearch.callbacks import Callback
from sksearch.exceptions import SearchInterruptedWarning
from sksearch.history import History
from sksearch.optimizers import Random
from sksearch.space import Categorical, Integer, Real

X, Y = load_iris(return_X_y=True)
SVC_SPACE = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}


def search(estimator=None, space=SVC_SPACE, **options):
    options = {"n_iter": 6, "cv": 3, "random_state": 0, **options}
    return BayesSearchCV(SVC() if estimator is None else estimator, space, **options)


def table(fitted):
    return {
        name: list(column)
        for name, column in fitted.cv_results_.items()
        if "time" not in name
    }


def test_a_small_grid_is_what_grid_search_makes_of_it():
    grid = {"C": [0.1, 1, 10], "kernel": ["rbf", "linear"]}
    ours = BayesSearchCV(SVC(), grid, cv=3).fit(X, Y)
    theirs = GridSearchCV(SVC(), grid, cv=3).fit(X, Y)
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_score_ == theirs.best_score_
    for name, column in theirs.cv_results_.items():
        if "time" not in name:
            assert list(ours.cv_results_[name]) == list(column), name


def test_the_estimators_own_parameters_come_first():
    fitted = search(SVC(C=7.5, gamma=0.25)).fit(X, Y)
    assert fitted.cv_results_["params"][0] == {"C": 7.5, "gamma": 0.25}


@pytest.mark.parametrize("optimizer", ["auto", "gp", "sobol", "random"])
def test_nothing_is_evaluated_twice(optimizer):
    space = {"max_depth": [1, 2, 3, None], "criterion": ["gini", "entropy", "log_loss"]}
    tree = DecisionTreeClassifier(random_state=0)
    fitted = search(tree, space, n_iter=11, optimizer=optimizer).fit(X, Y)
    params = [tuple(p.items()) for p in fitted.cv_results_["params"]]
    assert len(params) == len(set(params)) == 11


@pytest.mark.parametrize("n_iter", [11, 100])
def test_a_space_that_is_exhausted_ends_the_search(n_iter):
    space = {"max_depth": list(range(1, 21))}

    def few(params):
        return params["max_depth"] <= 8

    tree = DecisionTreeClassifier(random_state=0)
    fitted = search(tree, space, n_iter=n_iter, param_constraint=few).fit(X, Y)
    depths = [p["max_depth"] for p in fitted.cv_results_["params"]]
    assert sorted(depths) == list(range(1, 9))


class Delayed(SVC):
    """Fits that end in another order than they began, another one every time."""

    def fit(self, X, y):
        time.sleep(random.SystemRandom().random() * 0.01)
        return super().fit(X, y)


@pytest.mark.parametrize("optimizer", ["gp", "sobol"])
@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing"])
def test_workers_do_not_change_the_result(optimizer, backend):
    options = {"optimizer": optimizer, "n_iter": 12}
    alone = table(search(**options).fit(X, Y))
    for n_jobs in (2, 4):
        with parallel_config(backend, n_jobs=n_jobs):
            assert table(search(Delayed(), **options).fit(X, Y)) == alone


def test_another_seed_is_another_search():
    assert table(search().fit(X, Y)) == table(search().fit(X, Y))
    assert table(search().fit(X, Y)) != table(search(random_state=1).fit(X, Y))


def test_a_random_state_moves_on_as_in_scikit_learn():
    state = np.random.RandomState(0)
    assert table(search(random_state=state).fit(X, Y)) != table(
        search(random_state=state).fit(X, Y)
    )


def test_seed_fits_makes_random_estimators_repeatable_for_any_n_jobs():
    forest = DecisionTreeClassifier(splitter="random")
    space = {"max_depth": (1, 30)}
    results = [
        table(search(forest, space, seed_fits=True, n_jobs=n_jobs).fit(X, Y))
        for n_jobs in (1, 2)
    ]
    assert results[0] == results[1]


def test_asynchronous_evaluates_the_same_number():
    fitted = search(asynchronous=True, n_jobs=2, n_iter=9).fit(X, Y)
    assert len(fitted.cv_results_["params"]) == 9
    assert (fitted.cv_results_["status"] == "complete").all()


def test_values_are_plain_python():
    seen = []

    class Noting(GaussianNB):
        def set_params(self, **params):
            seen.extend(params.values())
            return super().set_params(**params)

    space = {"var_smoothing": np.logspace(-9, -1, 100)}
    search(Noting(), space, n_iter=4).fit(X, Y)
    assert {type(value) for value in seen} == {float}


def test_mixed_and_conditional_spaces():
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
    space = [
        {"clf": [SVC()], "clf__C": Real(1e-2, 1e2, prior="log-uniform")},
        {
            "clf": [DecisionTreeClassifier(random_state=0)],
            "clf__max_depth": Integer(1, 10),
            "clf__criterion": Categorical(["gini", "entropy"]),
            "scale": ["passthrough", StandardScaler()],
        },
    ]
    fitted = search(pipeline, space, n_iter=25).fit(X, Y)
    for params in fitted.cv_results_["params"]:
        assert ("clf__C" in params) == isinstance(params["clf"], SVC)
        assert ("clf__max_depth" in params) != isinstance(params["clf"], SVC)
    assert fitted.best_score_ > 0.95
    assert not hasattr(space[0]["clf"][0], "classes_")


def test_the_history_is_public_and_comes_back_from_json():
    fitted = search().fit(X, Y)
    lines = fitted.history_.to_json()
    again = History.from_json(lines, fitted.history_.space)
    assert again.to_json() == lines
    best = again.trials[again.incumbent()]
    assert best.params == fitted.best_params_
    evaluations = [json.loads(line) for line in lines.splitlines() if "evalu" in line]
    assert all(line["evaluation"]["worker"] for line in evaluations)
    started = [line["evaluation"]["started"] for line in evaluations]
    assert started == sorted(started)
    assert started[0] >= 0


def test_the_objective_of_several_scores():
    scoring = {"good": "accuracy", "bad": lambda e, X, y: -e.score(X, y)}
    options = {"scoring": scoring, "n_iter": 20}
    by_refit = search(refit="bad", **options).fit(X, Y)
    assert by_refit.history_.objective == "bad"
    chosen = search(refit=lambda results: 0, objective="bad", **options).fit(X, Y)
    assert table(chosen)["params"] == table(by_refit)["params"]
    first = search(refit=False, **options).fit(X, Y)
    incumbent = first.history_.trials[first.history_.incumbent()].params
    scores = first.cv_results_["mean_test_good"]
    assert first.cv_results_["params"][int(np.argmax(scores))] == incumbent


def test_an_optimizer_of_the_user():
    class Backwards(Random):
        max_pending = 2

    fitted = search(optimizer=Backwards()).fit(X, Y)
    assert len(fitted.cv_results_["params"]) == 6
    assert clone(search(optimizer=Backwards())).optimizer == Backwards()


def test_callbacks_hear_and_end_a_search():
    class StopAtTwo(Callback):
        def on_evaluation(self, history, evaluation):
            return len(history.observed()) == 2

    fitted = search(callbacks=[StopAtTwo()]).fit(X, Y)
    assert np.isfinite(fitted.cv_results_["mean_test_score"]).sum() == 2
    assert fitted.predict(X).shape == (150,)


def test_a_trial_cut_short_is_shown_but_never_best():
    class StopEarly(Callback):
        def on_evaluation(self, history, evaluation):
            return (evaluation.trial_id, evaluation.fold) == (1, 1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a fold that never ran is no failure
        fitted = search(callbacks=[StopEarly()], optimizer="random").fit(X, Y)
    assert list(fitted.cv_results_["status"]) == ["complete", "stopped"]
    assert np.isnan(fitted.cv_results_["mean_test_score"][1])
    assert fitted.best_index_ == 0


class Interrupting(SVC):
    def fit(self, X, y):
        if self.C > 100:
            signal.raise_signal(signal.SIGINT)
        return super().fit(X, y)


def test_ctrl_c_keeps_what_is_finished():
    space = {"C": [1.0, 10.0, 1000.0, 5.0]}
    with pytest.warns(SearchInterruptedWarning, match="keeps the 2 candidates"):
        fitted = search(Interrupting(), space).fit(X, Y)
    assert list(fitted.cv_results_["param_C"]) == [1.0, 10.0]
    assert fitted.score(X, Y) > 0.9


def test_ctrl_c_before_anything_is_finished_raises():
    with pytest.raises(KeyboardInterrupt):
        search(Interrupting(), {"C": [1000.0, 1.0]}).fit(X, Y)


class InterruptedRefit(SVC):
    def fit(self, X, y):
        if len(X) == len(Y):
            signal.raise_signal(signal.SIGINT)
        return super().fit(X, y)


def test_ctrl_c_in_the_refit_raises_and_the_results_are_there():
    interrupted = search(InterruptedRefit())
    with pytest.raises(KeyboardInterrupt):
        interrupted.fit(X, Y)
    assert len(interrupted.cv_results_["params"]) == 6
    assert interrupted.best_score_ > 0.9


class CountingScaler(TransformerMixin, BaseEstimator):
    def __init__(self, log=None, shift=0.0):
        self.log = log
        self.shift = shift

    def fit(self, X, y=None):
        with open(self.log, "a") as file:
            file.write("fit\n")
        return self

    def transform(self, X):
        return X + self.shift


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_equal_heads_are_fitted_once_and_nothing_else_changes(n_jobs, tmp_path):
    def fitted(reuse):
        log = tmp_path / f"{reuse}"
        pipeline = make_pipeline(CountingScaler(str(log)), SVC())
        space = {"countingscaler__shift": [0.0, 1.0], "svc__C": [0.1, 1.0, 10.0, 100.0]}
        options = {"n_iter": 8, "n_jobs": n_jobs, "refit": False}
        result = search(pipeline, space, reuse_transformers=reuse, **options).fit(X, Y)
        return table(result), len(log.read_text().splitlines())

    (plain, n_plain), (reused, n_reused) = fitted(False), fitted(True)
    assert plain == reused
    assert n_plain == 8 * 3
    # Once per prefix and fold; two workers may meet the same one at the same moment.
    assert 2 * 3 <= n_reused <= 2 * 3 * n_jobs


def test_a_memory_of_the_user_stays(tmp_path):
    pipeline = make_pipeline(StandardScaler(), SVC(), memory=str(tmp_path))
    fitted = search(pipeline, {"svc__C": [1.0, 2.0]}, reuse_transformers=True).fit(X, Y)
    assert fitted.best_estimator_.memory == str(tmp_path)
    assert any(tmp_path.iterdir())


def test_the_best_estimator_has_no_memory_of_ours():
    pipeline = make_pipeline(StandardScaler(), SVC())
    fitted = search(pipeline, {"svc__C": [1.0, 2.0]}, reuse_transformers=True).fit(X, Y)
    assert fitted.best_estimator_.memory is None


# -- what a review found ---------------------------------------------------------


class Graded(ClassifierMixin, BaseEstimator):
    """Scores are a function of `a` alone."""

    def __init__(self, a=0.5):
        self.a = a

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), int)

    def score(self, X, y):
        return -((self.a - 0.3) ** 2)


UNIT = {"a": Real(0.0, 1.0)}


def test_one_failing_call_of_a_callable_scoring_costs_its_row_alone():
    def scoring(estimator, X, y):
        if estimator.a > 0.95:
            raise ValueError("on purpose")
        return {"u": estimator.score(X, y), "v": 1.0}

    with pytest.warns(UserWarning, match="Scoring failed|non-finite"):
        fitted = search(Graded(a=0.99), UNIT, scoring=scoring, refit="u").fit(X, Y)
    assert fitted.cv_results_["status"][0] == "failed"
    assert np.isfinite(fitted.best_score_)
    assert fitted.history_.trials[fitted.history_.incumbent()].params == (
        fitted.best_params_
    )


def test_of_several_scores_the_objective_alone_decides():
    def bad(estimator, X, y):
        raise ValueError("never")

    scoring = {"ok": Graded.score, "bad": bad}
    options = {"n_iter": 10, "random_state": 0}
    several = search(Graded(), UNIT, scoring=scoring, refit="ok", **options)
    with pytest.warns(UserWarning, match="Scoring failed|non-finite"):
        several.fit(X, Y)
    one = search(Graded(), UNIT, scoring=Graded.score, **options).fit(X, Y)
    assert several.cv_results_["params"] == one.cv_results_["params"]
    assert (several.cv_results_["status"] == "complete").all()


@pytest.mark.parametrize("optimizer", ["gp", "random"])
def test_a_constraint_that_leaves_too_little_ends_the_search(optimizer):
    def strict(params):
        return params["a"] < 3e-4

    fitted = search(
        Graded(), UNIT, n_iter=40, optimizer=optimizer, param_constraint=strict
    ).fit(X, Y)
    assert 1 <= len(fitted.cv_results_["params"]) <= 40
    assert fitted.best_params_["a"] < 3e-4


def test_a_search_stopped_before_any_candidate_says_so():
    class AtOnce(Callback):
        def on_evaluation(self, history, evaluation):
            return True

    stopped = search(callbacks=[AtOnce()])
    with pytest.raises(ValueError, match="stopped before any candidate"):
        stopped.fit(X, Y)
    assert len(stopped.history_.evaluations(0)) == 1


def test_targets_that_only_the_estimator_understands():
    y = np.array(["a", 1] * 75, dtype=object)

    class Any(Graded):
        def fit(self, X, y):
            return self

    fitted = search(Any(), UNIT, cv=KFold(3), scoring=Graded.score, n_iter=2).fit(X, y)
    assert len(fitted.cv_results_["params"]) == 2


def test_whole_scores_come_back_from_json_too():
    fitted = search(scoring=lambda estimator, X, y: 1).fit(X, Y)
    lines = fitted.history_.to_json()
    assert History.from_json(lines, fitted.history_.space).to_json() == lines


def test_searches_in_threads_leave_blas_as_it_was():
    pools = ThreadpoolController().select(user_api="blas")
    before = [pool["num_threads"] for pool in pools.info()]
    threads = [
        threading.Thread(target=search(n_iter=9, random_state=k).fit, args=(X, Y))
        for k in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [pool["num_threads"] for pool in pools.info()] == before


# -- bad input -------------------------------------------------------------------

BAD = [
    ({"space": []}, "param_distributions=.*nothing to search"),
    ({"space": {"C": []}}, "'C' need to be a non-empty sequence"),
    ({"space": {"C": 1.0}}, "'C'.*list"),
    ({"space": {"C": "rbf"}}, "'C'.*list"),
    ({"space": {"C": (3, 1)}}, r"'C'.*low"),
    ({"space": {"C": (0.0, 1.0, "log-uniform")}}, "'C'.*log-uniform"),
    ({"space": {"Gamma": [1, 2]}}, r"Gamma.*did you mean \['gamma'\]"),
    ({"n_iter": 0}, "'n_iter' parameter .* int in the range .* Got 0"),
    ({"n_iter": 2.5}, "'n_iter' parameter .* Got 2.5"),
    ({"optimizer": "bayes"}, "'optimizer' parameter .* Got 'bayes'"),
    ({"estimator": 5}, "'estimator' parameter .* 'fit'. Got 5"),
    ({"space": 5}, "'param_distributions' parameter .* Got 5"),
    ({"space": [5]}, "not a dict"),
    ({"optimizer": Random}, r"optimizer=Random is a class.*Random\(\)"),
    ({"optimizer": object()}, "'optimizer' parameter .* 'ask'. Got"),
    ({"return_train_score": 2}, "'return_train_score' parameter .* Got 2"),
    ({"scoring": ["acuracy"]}, "Got 'acuracy'"),
    ({"scoring": {"a": "acuracy"}, "refit": "a"}, "Got 'acuracy'"),
    ({"pre_dispatch": "foo"}, "pre_dispatch='foo' must come to at least 1"),
    ({"pre_dispatch": 0}, "pre_dispatch=0 must come to at least 1"),
    ({"max_pending": 0}, "'max_pending' parameter .* Got 0"),
    ({"max_pending": "many"}, "'max_pending' parameter .* Got 'many'"),
    ({"seed_fits": "yes"}, "'seed_fits' parameter .* Got 'yes'"),
    ({"asynchronous": 3}, "'asynchronous' parameter .* Got 3"),
    ({"reuse_transformers": None}, "'reuse_transformers' parameter .* Got None"),
    ({"reuse_transformers": True}, "reuse_transformers=True needs a Pipeline"),
    ({"callbacks": 5}, "'callbacks' parameter .* Got 5"),
    ({"callbacks": [5]}, r"callbacks\[0\]=5"),
    ({"random_state": "x"}, "'random_state' parameter .* Got 'x'"),
    ({"param_constraint": 5}, "'param_constraint' parameter .* Got 5"),
    ({"objective": "auc"}, r"objective='auc' is not among.*\['score'\]"),
    ({"objective": 5}, "'objective' parameter .* Got 5"),
    ({"scoring": "acuracy"}, "'scoring' parameter .* Got 'acuracy'"),
    (
        {"scoring": ["accuracy", "f1_macro"], "refit": "f1_macro", "objective": "a"},
        r"objective='a' is not among.*accuracy.*f1_macro",
    ),
    (
        {"scoring": ["accuracy", "f1_macro"], "refit": "accuracy",
         "objective": "f1_macro"},
        "objective='f1_macro' contradicts refit='accuracy'",
    ),
    ({"scoring": ["accuracy", "f1_macro"]}, "refit must be set to a scorer key"),
    ({"error_score": "nan"}, "'error_score' parameter .* Got 'nan'"),
    ({"pre_dispatch": None}, "'pre_dispatch' parameter .* Got None"),
    ({"n_jobs": 1.5}, "'n_jobs' parameter .* Got 1.5"),
    ({"n_jobs": 0}, "n_jobs == 0"),
    ({"refit": 3.5}, "'refit' parameter .* Got 3.5"),
    ({"cv": "five"}, "'cv' parameter .* Got 'five'"),
    ({"cv": 1}, "'cv' parameter .* Got 1"),
    ({"cv": []}, "No fits were performed"),
    ({"verbose": -1}, "'verbose' parameter .* Got -1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"), BAD, ids=lambda p: str(p).partition(" at 0x")[0][:40]
)
def test_bad_input_is_refused_with_the_way_out(options, message):
    with pytest.raises((ValueError, TypeError)) as caught:
        search(**options).fit(X, Y)
    assert re.search(message, str(caught.value), re.DOTALL), str(caught.value)


def test_bad_input_is_not_refused_by_the_constructor():
    for options, _ in BAD:
        if "space" not in options:
            search(**options)


def test_a_parameter_of_a_step_is_found_by_its_last_name():
    pipeline = make_pipeline(StandardScaler(), SVC())
    with pytest.raises(ValueError, match=r"'C'.*did you mean \['svc__C'\]"):
        search(pipeline, {"C": [1, 2]}).fit(X, Y)


def test_the_page_of_scikit_learn_is_not_ours():
    assert search()._get_doc_link() == ""


def test_lengths_that_do_not_match():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        search().fit(X, Y[:-1])


def test_a_training_fold_with_one_class_is_pointed_out():
    y = np.r_[np.zeros(75, int), np.ones(75, int)]
    with pytest.warns(UserWarning, match=r"cv=KFold.*fold 0 has only one class, 1, of"):
        search(GaussianNB(), {"var_smoothing": [1e-9]}, cv=KFold(2)).fit(X, y)


def test_a_constraint_that_nothing_satisfies():
    with pytest.raises(ValueError, match="param_constraint"):
        search(param_constraint=lambda params: False).fit(X, Y)


def test_too_many_workers_for_max_pending_are_pointed_out():
    with (
        parallel_config("threading"),
        pytest.warns(UserWarning, match=r"n_jobs=8.*max_pending=2.*only 6 busy"),
    ):
        search(n_jobs=8, max_pending=2).fit(X, Y)


# -- verbosity -------------------------------------------------------------------


def lines_of(capsys, **options):
    search(GaussianNB(), {"var_smoothing": (1e-12, 1e-1)}, **options).fit(X, Y)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_verbose_levels(n_jobs, capsys):
    assert lines_of(capsys, verbose=0, n_jobs=n_jobs) == []
    one = lines_of(capsys, verbose=1, n_jobs=n_jobs)
    assert 1 <= len(one) <= 10
    assert re.fullmatch(
        r"\[search\] 18/18 fits, best 0\.\d+ \(trial \d\), ETA 0 s", one[-1]
    )
    two = lines_of(capsys, verbose=2, n_jobs=n_jobs)
    assert [line.split("]")[0] for line in two[:-1]] == [
        f"[trial {i}" for i in range(6)
    ]
    three = lines_of(capsys, verbose=3, n_jobs=n_jobs)
    assert sum(line.startswith("[trial") and "fold" in line for line in three) == 18


# -- quality ---------------------------------------------------------------------


def test_the_model_finds_what_chance_misses():
    """On a real problem, at equal fits, over several seeds."""
    # Fixed seeds: the outcome is the same on every run of one platform.
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), PCA(), LogisticRegression())
    space = {
        "pca__n_components": (1, 29),
        "logisticregression__C": (1e-6, 1e6, "log-uniform"),
    }
    cv = ShuffleSplit(2, test_size=0.5, random_state=0)

    def best(optimizer, seed):
        options = {"n_iter": 15, "cv": cv, "scoring": "neg_log_loss", "refit": False}
        fitted = search(
            pipeline, space, optimizer=optimizer, random_state=seed, **options
        ).fit(X, y)
        return fitted.cv_results_["mean_test_score"].max()

    wins = [best("gp", seed) >= best("random", seed) for seed in range(5)]
    assert sum(wins) >= 4
