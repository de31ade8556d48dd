// Command mmt_sec_standalone verifies security properties on the packets of a
// trace (manual section 4), or sends what they need of each packet to
// mmt_sec_server.
package main

import (
	"os"

	"mmt/verifier/cli"
)

func main() { os.Exit(cli.Standalone(os.Args[1:], os.Stdout, os.Stderr)) }
