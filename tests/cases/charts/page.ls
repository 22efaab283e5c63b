# expect: nothing
[widget]
  type = page
  url = https://example.org/a.html
  scale = 0.8
