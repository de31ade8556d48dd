//go:build static

package embedded

import "errors"

// library stands for a loaded shared object. In a program that is linked
// statically there is none.
type library struct{}

var errStatic = errors.New("this program is built without embedded C (build it without the tag static)")

func openLibrary(string) (*library, error) { return nil, errStatic }

func (*library) symbol(string) (uintptr, error) { return 0, errStatic }

func (*library) close() error { return nil }

// invoke is never reached: no code is loaded that it could call.
func invoke(_, _ uintptr) int { return -1 }
