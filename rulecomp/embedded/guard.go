package embedded

import (
	"errors"
	"sync"
)

// guards is the crash guard of the process: the signal handlers of the module
// that was loaded first serve all modules until the last one is closed.
var guards struct {
	sync.Mutex
	users   int
	library *library // of the module whose handlers stand, nil if none
	table   *moduleTable
}

// joinGuard makes a module's calls guarded.
func joinGuard(library *library, table *moduleTable) error {
	guards.Lock()
	defer guards.Unlock()
	if guards.library == nil {
		if invoke(table.guardInstall, 0) != 0 {
			return errors.New("handlers for crashes of embedded C cannot be installed")
		}
		guards.library, guards.table = library, table
	}
	*at[uint32](table.guardKey) = *at[uint32](guards.table.guardKey)
	guards.users++
	return nil
}

// leaveGuard takes a module out of use and unloads it: later if its handlers
// still serve others, or while someone has installed handlers above them.
func leaveGuard(library *library) error {
	guards.Lock()
	defer guards.Unlock()
	guards.users--
	var err error
	if library != guards.library {
		err = library.close()
	}
	if guards.users > 0 || invoke(guards.table.guardRemove, 0) != 0 {
		return err
	}
	last := guards.library
	guards.library, guards.table = nil, nil
	return errors.Join(err, last.close())
}
