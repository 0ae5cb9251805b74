"""The words that rollups are deflated against, the most usual last.

Part of the format of what is kept: they are never changed. What comes later is put into a document all the same, at the
price of a few bytes.
"""

from __future__ import annotations

DETAIL_WORDS = (
    b',"cleanup":{"":1},"unverified":{"":"checks are switched off"},"certificates":{":443":"2026-12-01T00:00:00.000Z"},'
    b'"within":[[0.5,900.0,15],[1.0,3600.0,60]],"failed":[[1795392000000],[60000]],'
    b'"releases":[[1795392000000,"1.0.0",15]],null,{"connect":1,"dns":1,"tls":1,"schema":1,"body":1,"timeout":1,"status":1}'
    b'{"numbers":[[141,3]],"phases":["connect","dns","first_byte","send","tls","total","transfer"],"steps":[["'
    b'{"numbers":[[73,3]],"phases":["connect","dns","first_byte","send","tls","transfer"],"steps":[["",1795392000000,1.0],["'
)

# Of rollups of several regions in one document.
ABREAST_WORDS = DETAIL_WORDS + (
    b'[0,0,0,0,0][["eu",[3600000,60,0,0,0,0,0,60,0,3540.0,60.0,0,0,0,null,null,null],[28,250,423,120,800]],'
    b'[["eu-west",[900000,15,0,0,0,0,0,15,0,900.0,0.0,0,0,0,null,840000,840000],[26,240,423,75,280]],["us-east",[900000,15,'
)
