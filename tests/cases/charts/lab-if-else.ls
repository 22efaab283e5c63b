# expect: nothing
[widget]
  type = chart
  entity = e
  for m in ['a', 'b']
  [series]
    metric = @{m}
    if m == 'a'
      color = red
    else
      color = blue
    endif
  endfor
