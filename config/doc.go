// Package config is the probe's configuration language: it reads a file such
// as
//
//	stats-period = 5            # seconds
//	file-output {
//	    enable     = true
//	    output-dir = "/tmp/"
//	}
//	event-report ip-event {
//	    event      = "ip.src"
//	    attributes = {"arp.ar_hln", "ip.src"}
//	}
//
// and -X overrides such as file-output.enable=true into a typed Config (manual
// section 3.1). One table (table*.go) says for every option its name, type,
// range, default, help and the part of the probe that it asks for; parsing,
// overriding, listing (-x) and checking all read that table.
//
// A configuration is taken whole or not at all: every error names the file,
// the line and the mend.
//
// The package knows the options and what they may hold. It does not know
// protocols (an attribute is checked for its shape, not for its existence),
// packets, reports or whether a file, host or interface that it names exists.
package config
