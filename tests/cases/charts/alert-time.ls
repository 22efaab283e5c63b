# expect: nothing
[widget]
  type = chart
  mode = column
  [series]
    entity = nurswgvml007
    metric = cpu_busy
    statistics = avg
    period = 5 minute
    alert-expression = (new Date()).getTime() - time > 120 * 1000
    alert-style = fill: red; stroke: none
    audio-alert = /portal/resource/alarm.ogg
