// Command compile_rule compiles files of security properties (manual section
// 4.5).
package main

import (
	"os"

	"mmt/rulecomp/cli"
)

func main() { os.Exit(cli.Compile(os.Args[1:], os.Stdout, os.Stderr)) }
