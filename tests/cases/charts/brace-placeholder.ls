# expect: nothing
[widget]
  type = page
  url = https://example.org/{entity}?d={day}
  [placeholders]
    entity = nurswgvml007
    day = today
