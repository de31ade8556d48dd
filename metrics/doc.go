// Package metrics shows the figures of a running probe to Prometheus: a Snapshot
// of them, the Collector that gives them names, help and units, the HTTP Server,
// and Published, by which a worker lets others read its figures without ever
// waiting for them. It does not know where the figures come from: that is told
// by whoever implements Source.
package metrics
