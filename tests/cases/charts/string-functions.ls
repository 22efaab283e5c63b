# expect: nothing
list names = os.disk.read, os.disk.write
[widget]
  type = chart
  for n in names
  [series]
    entity = a
    metric = @{n}
    label = @{capitalize(keepAfterLast(n, '.'))} @{keepBefore(n, '.')} @{upperCase(n)} @{removeEnding(n, '.read')} @{n.replace('os.', '')}
  endfor
