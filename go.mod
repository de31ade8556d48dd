module mmt

go 1.26.0

require (
	github.com/ebitengine/purego v0.11.3
	github.com/spf13/pflag v1.0.10
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

require golang.org/x/net v0.62.0
