# expect: nothing
[configuration]
var sites = [
  {"id": "north", "pumps": ["p-1", "p-2"]},
  {"id": "south", "pumps": ["p-7"]}
]
endvar
for site in sites
  [group]
  [widget]
    type = chart
    title = Site @{site.id}
    for p in site.pumps
    [series]
      entity = @{p}
      metric = flow
    endfor
endfor
