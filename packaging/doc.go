// Package packaging is what becomes of a build on a machine: the files of each
// Debian package (README.md says in which form), and the tests that build them,
// install, run and remove them in a Debian of their own. It has no code that
// others use.
package packaging
