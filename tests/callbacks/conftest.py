"""Real stores of what trackers log, and readers that are not ours."""

import json
import shutil
import struct
import time
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A store of MLflow; making one takes seconds, a copy none."""
    mlflow = pytest.importorskip("mlflow", reason="mlflow is an extra")
    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    mlflow.MlflowClient(f"sqlite:///{path}").create_experiment("Default again")
    return path


class MLflowStore:
    def __init__(self, folder, empty):
        import mlflow

        path = Path(shutil.copy(empty, folder / "mlflow.db"))
        self.uri = f"sqlite:///{path}"
        self.client = mlflow.MlflowClient(self.uri)
        artifacts = (folder / "artifacts").as_uri()
        self.experiment = self.client.create_experiment("tests", artifacts)

    def tracker(self, **options):
        from sksearch.callbacks import MLflowTracker

        return MLflowTracker("tests", self.uri, **{"log_model": False, **options})

    def shown(self, value):
        return str(value)

    def runs(self):
        return self.client.search_runs([self.experiment], max_results=5000)

    def parents(self):
        return [run for run in self.runs() if "sksearch.trial" not in run.data.tags]

    def searches(self):
        return [run.info.run_id for run in self.parents()]

    def trials(self, search):
        found = {}
        for run in self.runs():
            tags = run.data.tags
            if tags.get("mlflow.parentRunId") == search and "sksearch.trial" in tags:
                trial_id = int(tags["sksearch.trial"])
                assert trial_id not in found, "a trial has two runs"
                found[trial_id] = {
                    "params": dict(run.data.params),
                    "status": run.info.status,
                    "metrics": self._metrics(run),
                }
        return found

    def _metrics(self, run):
        """By name, the values at each step."""
        found = {}
        for name in run.data.metrics:
            points = self.client.get_metric_history(run.info.run_id, name)
            steps = [point.step for point in points]
            assert len(set(steps)) == len(steps), "a step is logged twice"
            found[name] = {point.step: point.value for point in points}
        return found


class TensorBoardStore:
    def __init__(self, folder):
        self.folder = folder / "runs"

    def tracker(self):
        from sksearch.callbacks import TensorBoardTracker

        return TensorBoardTracker(self.folder)

    def shown(self, value):
        """All numbers are of one kind there, truth too."""
        is_number = isinstance(value, bool | int | float)
        return str(float(value)) if is_number else value

    def searches(self):
        return sorted(self.folder.glob("*")) if self.folder.exists() else []

    def trials(self, search):
        return {
            int(folder.name.removeprefix("trial-")): self._trial(folder)
            for folder in search.glob("trial-*")
        }

    def _trial(self, folder):
        from tensorboard.backend.event_processing import event_accumulator

        events = event_accumulator.EventAccumulator(str(folder))
        events.Reload()
        metrics = {}
        for tag in events.Tags()["scalars"]:
            points = events.Scalars(tag)
            steps = [point.step for point in points]
            assert len(set(steps)) == len(steps), "a step is logged twice"
            metrics[tag] = {point.step: point.value for point in points}
        return {
            "params": self._hparams(events),
            "status": events,
            "metrics": metrics,
        }

    def _hparams(self, events):
        from tensorboard.plugins.hparams import metadata, plugin_data_pb2

        content = events.summary_metadata["_hparams_/session_start_info"]
        data = plugin_data_pb2.HParamsPluginData.FromString(content.plugin_data.content)
        assert content.plugin_data.plugin_name == metadata.PLUGIN_NAME
        hparams = data.session_start_info.hparams
        kinds = {name: value.WhichOneof("kind") for name, value in hparams.items()}
        return {n: str(getattr(hparams[n], k)) for n, k in kinds.items()}


class WandbStore:
    """Files of the offline mode: records of protobuf in a log of LevelDB's form."""

    def __init__(self, folder):
        self.folder = folder

    def tracker(self):
        from sksearch.callbacks import WandbTracker

        options = {"mode": "offline"}
        return WandbTracker("tests", folder=self.folder, init_options=options)

    def shown(self, value):
        return str(value)

    def runs(self):
        """All of them; W&B's own process may still be at the end of the last one."""
        for _ in range(100):
            paths = sorted(self.folder.glob("wandb/offline-run-*/run-*.wandb"))
            runs = [_wandb_run(path) for path in paths]
            if all("status" in run for run in runs):
                break
            time.sleep(0.1)
        return runs

    def searches(self):
        return sorted({run["group"] for run in self.runs()})

    def trials(self, search):
        found = {}
        for run in self.runs():
            if run["group"] == search and run["job_type"] == "trial":
                trial_id = int(run["id"].rpartition("-")[2])
                known = found.setdefault(trial_id, {**run, "metrics": {}})
                known["status"] = run["status"]
                for name, points in run["metrics"].items():
                    steps = known["metrics"].setdefault(name, {})
                    assert not steps.keys() & points.keys(), "a step is logged twice"
                    steps.update(points)
        return found


def _wandb_run(path):
    from wandb.proto import wandb_internal_pb2

    run = {"params": {}, "metrics": {}, "summary": {}}
    for data in _leveldb_records(path.read_bytes()):
        record = wandb_internal_pb2.Record.FromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run |= {
                "id": record.run.run_id,
                "group": record.run.run_group,
                "job_type": record.run.job_type,
                "params": {
                    update.key: str(json.loads(update.value_json))
                    for update in record.run.config.update
                    if update.key != "_wandb"
                },
            }
        elif kind == "history":
            items = {_key(i): json.loads(i.value_json) for i in record.history.item}
            for name, value in items.items():
                if name[0] != "_":
                    run["metrics"].setdefault(name, {})[items["_step"]] = value
        elif kind == "summary":
            run["summary"] |= {
                _key(i): json.loads(i.value_json) for i in record.summary.update
            }
        elif kind == "exit":
            run["status"] = record.exit.exit_code
    return run


def _key(item):
    return item.key or "/".join(item.nested_key)


def _leveldb_records(data, block=32768, head=7):
    position, record = 7, b""  # after the head of the file
    while position + head <= len(data):
        left = block - position % block
        if left < head:
            position += left
            continue
        _, size, kind = struct.unpack("<IHB", data[position : position + head])
        record += data[position + head : position + head + size]
        position += head + size
        if kind in (1, 4):  # whole, or the last part
            yield record
            record = b""


@pytest.fixture
def mlflow_store(tmp_path, empty_database, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.chdir(tmp_path)
    return MLflowStore(tmp_path, empty_database)


# MLflow takes many seconds to be imported and to make its first store.
@pytest.fixture(
    params=[pytest.param("mlflow", marks=pytest.mark.slow), "tensorboard", "wandb"]
)
def store(request, tmp_path, monkeypatch):
    pytest.importorskip(request.param, reason=f"{request.param} is an extra")
    if request.param == "mlflow":
        return request.getfixturevalue("mlflow_store")
    if request.param == "tensorboard":
        pytest.importorskip("torch", reason="torch is an extra")
        return TensorBoardStore(tmp_path)
    monkeypatch.setenv("WANDB_SILENT", "true")
    return WandbStore(tmp_path)
