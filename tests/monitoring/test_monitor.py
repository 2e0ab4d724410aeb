"""The monitor in plain training loops: what it writes down, says and draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lrcourse.monitoring import EarlyStopping, Monitor, classify
from lrcourse.plotting import Picture

torch.set_num_threads(1)


def filled(monitor, losses, **columns):
    for step, loss in enumerate(losses):
        monitor.record(
            step, loss=loss, lr=0.1, **{name: values[step] for name, values in columns.items()}
        )
    return monitor


def test_a_torch_loop_with_early_stopping_and_the_weights_back():
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(20, 15, generator=rng)
    y = x[:, :1] + 0.5 * torch.randn(20, 1, generator=rng)
    x_val = torch.randn(50, 15, generator=rng)
    y_val = x_val[:, :1]
    model = torch.nn.Linear(15, 1)
    torch.nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.999)
    monitor = Monitor(early_stopping=EarlyStopping(patience=20))
    val_losses = []
    for epoch in range(2000):
        lr = optimizer.param_groups[0]["lr"]
        loss = ((model(x) - y) ** 2).mean()
        val_loss = ((model(x_val) - y_val) ** 2).mean()
        val_losses.append(float(val_loss.detach()))
        monitor.record(epoch, loss=loss, lr=lr, val_loss=val_loss, weights=model.state_dict())
        assert optimizer.param_groups[0]["lr"] == lr  # it only looks
        if monitor.should_stop:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    best = int(np.argmin(val_losses))
    assert monitor.should_stop
    assert (monitor.stopping.best_step, epoch) == (best, best + 20)
    model.load_state_dict(monitor.stopping.best_weights)
    assert ((model(x_val) - y_val) ** 2).mean().item() == pytest.approx(min(val_losses))
    table = monitor.table()
    assert len(table) == epoch + 1
    assert table["lr"].iloc[-1] == pytest.approx(0.05 * 0.999**epoch)


def test_the_table_is_tidy():
    monitor = Monitor(momentum=0.5)
    monitor.record(0, loss=torch.tensor(2.0), lr=0.3, sharpness=10.0)
    monitor.record(10, loss=1, lr=np.float64(0.2), val_loss=torch.tensor([3.0]))
    table = monitor.table()
    assert list(table.columns) == ["step", "lr", "loss", "val_loss", "sharpness", "stability_ratio"]
    assert table["step"].tolist() == [0, 10]
    assert table["loss"].tolist() == [2.0, 1.0]
    assert table["stability_ratio"].iloc[0] == pytest.approx(0.3 * 10 / (2 * 1.5))
    assert table.isna().to_numpy().tolist() == [
        [False, False, False, True, False, False],
        [False, False, False, False, True, True],
    ]
    empty = Monitor().table()
    assert (len(empty), list(empty.columns)) == (0, list(table.columns))
    assert (empty.dtypes == table.dtypes).all()


def test_it_says_what_classify_says():
    curve = list(0.5 ** np.arange(30))
    monitor = filled(Monitor(), curve)
    assert monitor.diagnose() == classify(curve)
    assert filled(Monitor(), curve[::-1]).diagnose().regime == "diverged"
    assert filled(Monitor(), [1.0, 2.0, math.nan, math.nan]).diagnose().regime == "diverged"
    short = filled(Monitor(), [1.0, 2.0, 3.0]).diagnose()
    assert short.regime == "undecided"
    assert short.reason == "3 of at least 4 losses are recorded"


def test_momentum_moves_the_edge():
    losses = [10 ** (-3 * t / 400) * (3 if t % 5 == 0 and t > 100 else 1) for t in range(400)]
    sharp = {"sharpness": [20.0 * 1.9] * 400}
    assert filled(Monitor(momentum=0.9), losses, **sharp).diagnose().regime == "edge of stability"
    assert filled(Monitor(), losses, **sharp).diagnose().regime == "converged"
    nesterov = filled(Monitor(momentum=0.9, nesterov=True), losses, **sharp)
    assert nesterov.table()["stability_ratio"].iloc[0] == pytest.approx(1.9 * 2.8 / 1.9)


def test_checks_count_only_where_there_is_a_validation_loss():
    monitor = Monitor(early_stopping=EarlyStopping(patience=2))
    assert monitor.stopping.best_step is None
    filled(monitor, [1.0] * 5, val_loss=[1.0, None, 2.0, None, None])
    assert not monitor.should_stop
    monitor.record(5, loss=1.0, lr=0.1, val_loss=3.0)
    assert monitor.should_stop
    plain = filled(Monitor(), [1.0] * 3, val_loss=[1.0, 2.0, 3.0])
    assert plain.stopping is None
    assert not plain.should_stop


def words_and_axes(monitor):
    picture = monitor.plot()
    assert isinstance(picture, Picture)
    return picture.alt, picture._repr_html_()


def test_it_draws_itself():
    losses = list(0.9 ** np.arange(50))
    alt, svg = words_and_axes(filled(Monitor(), losses))
    assert alt == (
        "Training loss over steps 0 to 49: from 1 to 0.0057, with a learning rate between 0.1 and "
        "0.1."
    )
    assert svg.count('id="') > 0
    monitor = Monitor(early_stopping=EarlyStopping(patience=3))
    val = [abs(t - 30) / 10 + 1 for t in range(50)]
    filled(monitor, losses, val_loss=val, sharpness=[t if t % 10 == 0 else None for t in range(50)])
    alt, more = words_and_axes(monitor)
    assert "The validation loss was best at step 30: 1." in alt
    assert "The rate went from 0 to 2 times the stability limit." in alt
    assert more.count("axes_") > svg.count("axes_")


def test_it_draws_what_was_counted():
    monitor = Monitor(early_stopping=EarlyStopping(patience=3))
    filled(monitor, [1.0, 0.5], val_loss=[1.0, 2.0], sharpness=[0.0, 0.1])
    alt = monitor.plot(unit="epoch").alt
    assert alt.startswith("Training loss over epochs 0 to 1")
    assert "best at epoch 0" in alt


def test_it_draws_runs_that_broke_or_reached_0():
    alt, _ = words_and_axes(filled(Monitor(), [1.0, 1e200, math.inf, math.nan]))
    assert "from 1 to nan" in alt
    alt, _ = words_and_axes(filled(Monitor(), [1.0, 0.0]))
    assert "from 1 to 0" in alt
    stopping = Monitor(early_stopping=EarlyStopping(patience=1))
    alt, _ = words_and_axes(filled(stopping, [1.0, 0.5], val_loss=[math.nan, math.nan]))
    assert "best" not in alt
    with pytest.raises(ValueError, match=r"plot needs at least one recorded step, .*of 0 steps"):
        Monitor().plot()


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"step": -1}, ValueError, "step must be at least 0, got -1"),
        ({"step": 1.5}, TypeError, "step must be an integer, got 1.5"),
        ({"loss": math.nan}, ValueError, "loss must be finite at the first step, got nan"),
        ({"loss": "low"}, TypeError, "loss must be numeric, got 'low'"),
        ({"loss": torch.ones(2)}, TypeError, "loss must be one number, got tensor"),
        ({"lr": -0.1}, ValueError, "lr must not be negative, got -0.1"),
        ({"lr": math.nan}, ValueError, "lr must be finite, got nan"),
        ({"val_loss": [1, 2]}, TypeError, r"val_loss must be one number, got \[1, 2\]"),
        ({"sharpness": "high"}, TypeError, "sharpness must be numeric, got 'high'"),
    ],
)
def test_bad_records_are_named_and_leave_no_trace(values, error, words):
    monitor = Monitor()
    with pytest.raises(error, match=words):
        monitor.record(**{"step": 0, "loss": 1.0, "lr": 0.1} | values)
    assert len(monitor.table()) == 0
    assert repr(monitor) == "<Monitor of 0 steps>"


def test_steps_count_up():
    monitor = filled(Monitor(), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"step must count up, got 1 after 1"):
        monitor.record(1, loss=1.0, lr=0.1)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"early_stopping": 5}, TypeError, "early_stopping must be an EarlyStopping, got 5"),
        ({"momentum": 1.0}, ValueError, r"momentum must be in \[0, 1\), got 1.0"),
        ({"nesterov": 1}, TypeError, "nesterov must be True or False, got 1"),
    ],
)
def test_bad_options_are_named(options, error, words):
    with pytest.raises(error, match=words):
        Monitor(**options)
