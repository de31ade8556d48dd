// Package rules holds the security properties that are delivered with the
// program, one XML file each (manual section 4.1), and makes them part of every
// command that wants them. What they detect is told in README.md.
//
// It knows files, not what is in them: package rulecomp reads them, package
// security runs them. Its tests run every property on two traces, one that it
// must tell and a near miss that it must not.
package rules

import "embed"

// Files are the properties, ID.short_name.xml each.
//
//go:embed *.xml
var Files embed.FS
