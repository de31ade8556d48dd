// Package application holds the protocols above the transport, one file each:
// how they are recognised, what they tell (host names, attributes), and what
// sessions learn from them. It does not know sessions' storage or reports.
package application
