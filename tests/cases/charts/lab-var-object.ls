# expect: nothing
var sites = {
  "north": { "pumps": ["p1", "p2"], "limit": 40 },
  "south": { "pumps": ["p3"], "limit": 50 }
}
endvar
[widget]
  type = chart
  metric = flow
  for s in Object.keys(sites)
    for p in sites[s].pumps
    [series]
      entity = @{p}
      label = @{s.charAt(0).toUpperCase() + s.slice(1)} @{p}
    endfor
    [threshold]
      value = @{sites[s].limit}
      label = @{s} limit
  endfor
