# expect: nothing
[series]
  metric = a
  entity = b
  alias = raw
[series]
  value = var now = value('raw');
  value = var before = previous('raw');
  value = if (before != null && now >= before) return now - before;
