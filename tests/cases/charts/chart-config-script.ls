# expect: nothing
[configuration]
  defaultChartConfig.script = widget.chart.panels[1].expand(8)
[widget]
  type = chart
  [series]
    metric = pump.flow
    entity = plant
