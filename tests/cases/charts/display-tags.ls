# expect: nothing
[series]
  entity = nurswgvml007
  metric = disk_used
  display = tags.mount_point.indexOf('/mnt') == -1
  enabled = max() > 0
  label-format = tags.mount_point
