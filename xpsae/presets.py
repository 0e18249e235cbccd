"""The hyper-parameters of well-known exercises, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from xpsae.checks import one_of
from xpsae.objective.cost import Penalties


class _Whole(int):
    """A default number, told from an equal one that a user passes by being this very object."""


class _Real(float):
    """The same, for real numbers."""


class _Word(str):
    """The same, for words."""

    __slots__ = ()


N_HIDDEN = _Whole(25)
WEIGHT_DECAY = _Real(Penalties.weight_decay)
SPARSITY_TARGET = _Real(Penalties.sparsity_target)
SPARSITY_WEIGHT = _Real(Penalties.sparsity_weight)
DECODER = _Word(Penalties.decoder)
_DEFAULTS = (N_HIDDEN, WEIGHT_DECAY, SPARSITY_TARGET, SPARSITY_WEIGHT, DECODER)


def _preset(n_hidden: int, decay: float, target: float, weight: float, decoder: str = "sigmoid") -> Mapping[str, Any]:
    return MappingProxyType(
        {
            "n_hidden": n_hidden,
            "weight_decay": decay,
            "sparsity_target": target,
            "sparsity_weight": weight,
            "decoder": decoder,
        }
    )


def _plain(value: Any) -> Any:
    """Return a default as Python's own number or word, and anything else as it is."""
    kinds = {_Whole: int, _Real: float, _Word: str}
    return kinds[type(value)](value) if type(value) in kinds else value


PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "ufldl-patches": _preset(25, 1e-4, 0.01, 3.0),
        "ufldl-mnist": _preset(196, 3e-3, 0.1, 3.0),
        "ufldl-self-taught": _preset(200, 3e-3, 0.1, 3.0),
        "ufldl-stl10": _preset(400, 3e-3, 0.035, 5.0, "linear"),
    }
)
"""Of the UFLDL exercises: 8 x 8 patches of whitened photographs, MNIST's digits, self-taught learning, and a linear
decoder of ZCA whitened 8 x 8 patches in color."""


def chosen(preset: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return hyper-parameters: what the user has given, and otherwise what the preset says.

    Parameters
    ----------
    preset : str or None
        The name of one of `PRESETS`.
    given : mapping
        The five hyper-parameters, of which those that are one of this module's defaults were not given.

    Returns
    -------
    dict
        The five, plain numbers and words.

    Raises
    ------
    ValueError
        If there is no such preset.

    Examples
    --------
    >>> chosen("ufldl-mnist", {"n_hidden": 100, "weight_decay": WEIGHT_DECAY})
    {'n_hidden': 100, 'weight_decay': 0.003}
    """
    if preset is None:
        return {name: _plain(value) for name, value in given.items()}
    one_of("preset", preset, tuple(PRESETS), remedy="Pass one of these, or the hyper-parameters themselves.")
    values = PRESETS[preset]
    return {name: values[name] if any(value is each for each in _DEFAULTS) else value for name, value in given.items()}
