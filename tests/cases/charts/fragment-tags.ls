# expect: no-widget
[tags]
  mount_point = /
  file_system = /dev/sda1
