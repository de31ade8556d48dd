// Package probe runs mmt-probe: it makes a source, workers and outputs from a
// configuration, moves bursts from one to the other, and tells how it goes. It
// does not know protocols or the form of reports.
package probe
