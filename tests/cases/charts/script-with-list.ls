# expect: script-ignored
var limits = {"plant": 40}
script
  limits = @{JSON.stringify(limits)}
  window.over = function (v) { return v > 40 ? 1 : 0; };
endscript
[widget]
  type = chart
  [series]
    metric = pump.flow
    entity = plant
    replace-value = over(value)
