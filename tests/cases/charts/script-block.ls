# expect: nothing
[configuration]
script
  window.clampFlow = function (v) { return v > 90 ? null : v; };
endscript
[widget]
  type = chart
  [series]
    entity = a
    metric = b
    replace-value = clampFlow(value)
