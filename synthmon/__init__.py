"""synthmon watches API journeys from several regions and pages when one breaks.

The tour: `probefile` reads `probes/*.yaml` into the nouns of `model`; `schedule` computes when each is due; `agent`
runs them through `engine`, the only door to the target's network; `store` keeps each result once; `centre` gathers
results, lets `judge` decide and applies the decision; `alerting` tells people what is owed to them; `reports` and `web`
show it. `app` builds and joins all of these and is the only reader of the clock; `cli` is what a person types.
ARCHITECTURE.md has the walk of one run and the rule of who may import whom.
"""

__version__ = "0.1.0"
