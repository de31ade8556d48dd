package embedded

import (
	"os"
	"syscall"
)

// ownedByUser tells whether a file belongs to the user who runs this program.
func ownedByUser(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
