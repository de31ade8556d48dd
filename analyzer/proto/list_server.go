package proto

import (
	"slices"

	"mmt/analyzer/dpi"
	"mmt/analyzer/proto/application"
)

// serverList holds the protocols of mail, files, remote access, databases,
// message queues and remote procedure calls.
func serverList() []dpi.Protocol {
	return slices.Concat(
		mailList(), fileList(),
	)
}

// mailList holds the protocols of mail and news.
func mailList() []dpi.Protocol {
	return []dpi.Protocol{
		application.SMTP, application.SMTPS, application.POP, application.POPS, application.IMAP, application.IMAPS,
		application.Usenet,
	}
}

// fileList holds the protocols of files and disks.
func fileList() []dpi.Protocol {
	return []dpi.Protocol{
		application.FTP, application.FTPS,
	}
}
