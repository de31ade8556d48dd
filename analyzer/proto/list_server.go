package proto

import (
	"mmt/analyzer/dpi"
)

// serverList holds the protocols of mail, files, remote access, directories, databases, message queues.
func serverList() []dpi.Protocol {
	return []dpi.Protocol{}
}
