// Command mmt_sec_server verifies security properties on what several probes send
// (manual section 4.1: multi-session, multi-probe rules).
package main

import (
	"os"

	"mmt/verifier/cli"
)

func main() { os.Exit(cli.Server(os.Args[1:], os.Stdout, os.Stderr)) }
