// Package link holds the protocols below the network layer, one file each. It
// does not know what is above: the numbers of what headers announce are in
// package id.
package link
