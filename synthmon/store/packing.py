"""The words that packed documents of rollups are deflated against, the most usual last.

Part of the format of what is kept: they are never changed. What comes later is put into a document all the same, at the
price of a few bytes.
"""

from __future__ import annotations

LATENCY_WORDS = b'{"micros":,"most":,"buckets":[,1,1,1,2,1,3,2,1,2,2]}'

DETAIL_WORDS = (
    b'{"cleanup":{},"unverified":{"checks are switched off"},"certificates":{":443":"2026-12-01T00:00:00.000Z"},'
    b'"within":[[0.5,900.0,15]],"kinds":{"connect":1,"dns":1,"tls":1,"schema":1,"body":1,"timeout":1,"status":1},'
    b'"excused":1,"flaky":1,"outcomes":{"skipped":1,"degraded":1,"failed":1,"passed":},'
    b'"late":{"micros":,"most":,"buckets":[,1,1,1,2,1,3,1,4]}}'
    b'{"steps":[{"id":"","name":"","place":1,"seen":"2026-12-01T00:00:00.000Z","runs":15,"outcomes":{"passed":15},'
    b'"budget":1.0,"over_budget":1,"latency":{"micros":,"most":,"buckets":[,1,1,1,2,1,1,2,1,3,2,2]},'
    b'"phases":{"connect":[,"dns":[,"first_byte":[,"send":[,"tls":[,"total":[,"transfer":[15,]}}'
)
