# expect: nothing
[widget]
  type = chart
  [dropdown]
    on-change = widget.config.series[1].value = this.value; widget.replaceSeries(widget.config.series)
    [option]
      value = value('a')
      text = Level
    [option]
      value = value('a') - previous('a')
      text = Change
  [series]
    metric = m
    entity = e
    alias = a
    display = false
  [series]
    value = value('a')
