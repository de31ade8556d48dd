// Package reconstruct writes the files that sessions carry, in a folder of its own
// for each kind, under names that are safe whatever the network says.
//
// Threads that analyse hand over pieces of bodies, which are copied into memory
// that was set aside; a goroutine undoes transfer and content codings and writes.
// No thread waits for the disk unless Options.Wait says so: pieces that find no
// room are counted, and their file is said to be incomplete.
//
// # What a hostile network can do
//
// It chooses names and contents. Names are made of a few harmless characters, are
// bounded in length, and are opened below the folder only (os.Root), so that no
// path and no symbolic link leads out of it. A file, all files together, and how
// much larger a body may become when it is decoded are bounded: a decompression
// bomb is kept as it came. Files cannot be executed.
//
// It knows files, codings and limits; neither packets nor sessions, and nothing of
// the configuration.
package reconstruct
