# expect: nothing
script
  window.pct = function (a, b) { return b ? a / b * 100 : null; }
  function capped(v) {
    if (v > 100) { return 100; }
    return v;
  }
endscript
[widget]
  type = chart
  entity = e
  [series]
    metric = x
    alias = x
  [series]
    metric = y
    alias = y
  [series]
    value = capped(pct(value('x'), value('y')))
  [series]
    value = window.pct(value('x'), value('y'))
