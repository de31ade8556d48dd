package main

import (
	"strings"

	"mmt/config"
)

// language says how a configuration is written (manual section 3.1.1).
const language = `The configuration of
.BR mmt-probe (1)
is text of options and blocks:
.PP
.nf
# a comment
thread\-nb = 2
input {
    mode   = ONLINE
    source = "eth0"
}
event\-report web {
    enable     = true
    event      = http.method
    attributes = {ip.src, http.uri}
}
.fi
.PP
Texts may stand in quotes, lists stand in braces, their members with commas between them, switches are
.B true
or
.BR false .
An option that is left out has its default. One that is not known is an error that names the line.
The command's
.B \-X
overrides options; the names below are those that it takes, where
.I NAME
stands for the name of a block.
`

// where says which file is read.
const where = `The first of these that exists is read, unless
.B \-c
names another:
`

// configPage makes the page of the configuration.
func configPage(options []config.Option) string {
	var r roff
	r.header("mmt-probe.conf", "5", manuals["5"])
	r.section("NAME")
	r.WriteString("mmt\\-probe.conf \\- configuration of the network monitor mmt\\-probe\n")
	r.section("DESCRIPTION")
	r.WriteString(language)
	r.section("OPTIONS")
	block := ""
	for _, o := range options {
		if b := blockOf(o.Name); b != block {
			block = b
			r.WriteString(".SS " + escape(block) + "\n")
		}
		text := o.Help + " (" + o.Type
		if o.Default != "" {
			text += "; default " + o.Default
		}
		r.item(o.Name, text+")")
	}
	r.section("FILES")
	r.WriteString(where)
	for _, path := range config.SearchPaths {
		r.WriteString(".br\n.I " + escape(path) + "\n")
	}
	r.section("SEE ALSO")
	r.WriteString(".BR mmt\\-probe (1)\n")
	return r.String()
}

// blockOf is the block of a dotted name, with the name of its own that it may
// have; "" for options outside of blocks.
func blockOf(name string) string {
	at := strings.IndexByte(name, '.')
	if at < 0 {
		return ""
	}
	if title, _, ok := strings.Cut(name[at+1:], "."); ok && (title == "NAME" || title == "ftp" || title == "http") {
		return name[:at+1+len(title)]
	}
	return name[:at]
}
