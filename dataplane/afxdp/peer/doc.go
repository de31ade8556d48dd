// Package peer measures package afxdp beside the library that would do the same
// job, in one run. It is a module of its own, so that the library is not needed
// for anything else; README.md has the figures.
package peer
