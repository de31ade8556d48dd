// Package cli is the command line of mmt_sec_standalone and mmt_sec_server: their
// flags, their exit codes, and what they print for people. It does not know how
// properties are verified.
package cli
