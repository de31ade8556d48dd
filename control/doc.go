// Package control takes the commands that change a running probe (manual section
// 3.1, dynamic-config): over a UNIX socket, as text, and over HTTP, as JSON. It
// knows how commands and their answers are written, and who may give them. It does
// not know what a probe is, nor which options there are.
package control
