// Package analyzer is the worker of one core: it takes bursts through the
// dissection library and the session table, and writes reports of what it saw.
// It does not know where packets come from or where reports go.
package analyzer
