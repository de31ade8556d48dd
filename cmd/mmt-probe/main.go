// Command mmt-probe analyses network traffic and reports on it (manual section
// 3.1).
package main

import (
	"os"

	"mmt/probe/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
