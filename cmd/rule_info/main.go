// Command rule_info shows what rule files hold (manual section 4.5).
package main

import (
	"os"

	"mmt/rulecomp/cli"
)

func main() { os.Exit(cli.Info(os.Args[1:], os.Stdout, os.Stderr)) }
