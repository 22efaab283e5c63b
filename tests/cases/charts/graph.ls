# expect: bad-value
[widget]
  type = graph
  mode = hierarchy
  link-width-order = asc
  [node]
    id = web
  [node]
    id = db
    parent = web
  [link]
    id = l
    nodes = "web-1" -> db
    [series]
      entity = h
      metric = cpu
      alias = l1
