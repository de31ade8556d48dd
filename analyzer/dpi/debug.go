package dpi

// debugPanic lets panics of dissectors through instead of counting them; tests
// set it to see where they come from.
var debugPanic = false

// LetPanicsThrough makes every Handler pass on panics of protocols instead of
// counting the packet as given up. It is for tests and fuzzing.
func LetPanicsThrough() { debugPanic = true }
