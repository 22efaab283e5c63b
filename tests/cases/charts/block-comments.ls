# expect: nothing
/* a portal
   of two */
[configuration]
  # comment
  entity = a /* the host */
  color = #d00
[group]
  [widget]
    type = chart
    title = Line #4
    [series]
      metric = b
