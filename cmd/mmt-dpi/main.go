// Command mmt-dpi shows what the dissection library sees in a trace (manual
// section 5): its protocols and attributes, the attributes of every packet, and
// the flows.
package main

import (
	"os"

	"mmt/analyzer/show/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
