# expect: nothing
[widget]
  type = property
  title = Configuration
  transpose = true
  expand-tags = true
  column-time = null
  [property]
    type = disk
    entity = nurswgvml007
    [keys]
      id = sda1
  [column]
    key = fs_type
    label = Type
    on-click = filter()
