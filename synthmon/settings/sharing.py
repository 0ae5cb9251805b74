"""How the agents of a region share its probes: the variable SYNTHMON_SHARD, and what it means in a StatefulSet."""

from __future__ import annotations

import platform
import re

from synthmon.model.shard import Shard, read_shard
from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.settings.environment import Environment, environment_problem

POD = "pod"
_ORDINAL = regular(r"-(0|[1-9][0-9]{0,5})\Z", re.ASCII)
_HELP = "write it like 2/4, the second of four; in a StatefulSet of four pods, pod/4"


def shard_here(environment: Environment) -> Shard:
    """The share of this process; all of it where nothing is said or where what is said is wrong."""
    written = environment.get("SYNTHMON_SHARD")
    if written is None:
        return Shard()
    try:
        return _read(written, environment)
    except ValueError as error:
        message = f"SYNTHMON_SHARD is {quoted(written)}, which {error}"
        environment.problems.append(environment_problem("shard", message, _HELP))
        return Shard()


def _read(written: str, environment: Environment) -> Shard:
    number, slash, count = written.partition("/")
    if number != POD or not slash:
        return read_shard(written)
    shards = read_shard(f"1/{count}").count
    # A pod's name is its host name, and the kubelet puts it there as well; with `hostNetwork` only HOSTNAME can say it.
    pod = environment.variables.get("HOSTNAME") or platform.node()
    ordinal = _ORDINAL.search(pod)
    if ordinal is None:
        raise ValueError(f"needs the number at the end of the pod's name, and this one is called {quoted(pod)}")
    if int(ordinal[1]) >= shards:
        raise ValueError(
            f"has no shard for the pod {quoted(pod)}: pods are counted from 0, so the last is {shards - 1}"
        )
    return Shard(int(ordinal[1]) + 1, shards)
