# expect: nothing
[widget]
  type = console
  source = message
  min-severity = WARNING
  timespan = 1 day
  limit = 50
  column-entity = null
  [column]
    key = message
    collapsible = true
