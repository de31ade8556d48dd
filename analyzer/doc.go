// Package analyzer is the worker of one core: it takes bursts through the
// dissection library, the session table and the verification of properties, and
// writes reports of what it saw. It does not know where packets come from or where
// reports go.
package analyzer
