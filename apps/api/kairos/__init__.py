"""KairosDB's HTTP interface, as its clients and Grafana's plugin call it."""
