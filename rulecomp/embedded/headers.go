package embedded

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"mmt/analyzer/proto/id"
)

//go:embed include
var included embed.FS

// protocolHeader is the header with the numbers of the protocols.
const protocolHeader = "tcpip/mmt_tcpip_protocols.h"

// headers returns the text of all headers by path, and a hash of them.
var headers = sync.OnceValues(func() (map[string][]byte, string) {
	files := map[string][]byte{protocolHeader: protocolNumbers()}
	hash := sha256.New()
	hash.Write(files[protocolHeader])
	err := fs.WalkDir(included, "include", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := included.ReadFile(name)
		files[strings.TrimPrefix(name, "include/")] = text
		hash.Write(text)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("embedded headers: %v", err)) // they are part of the program
	}
	return files, hex.EncodeToString(hash.Sum(nil)[:8])
})

// protocolNumbers returns the header of the protocols' numbers.
func protocolNumbers() []byte {
	out := []byte("/* Numbers of the protocols. */\n#ifndef MMT_TCPIP_PROTOCOLS_H\n#define MMT_TCPIP_PROTOCOLS_H\n\nenum {\n")
	for number, name := range id.Each {
		out = fmt.Appendf(out, "\t%s = %d,\n", protocolConstant(name), number)
	}
	return append(out, "};\n\n#endif\n"...)
}

// protocolConstant returns the name of a protocol's number in C: PROTO_HTTP.
func protocolConstant(name string) string {
	word := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	return "PROTO_" + word
}

// IncludeDir returns a folder with the headers that embedded C includes. It
// lasts, so that a command that names it works later, too.
func IncludeDir() (string, error) {
	files, hash := headers()
	base, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "include-"+hash)
	for name, text := range files {
		if err := writeOnce(filepath.Join(dir, filepath.FromSlash(path.Clean(name))), text); err != nil {
			return "", fmt.Errorf("headers of embedded C: %w", err)
		}
	}
	return dir, nil
}

// cacheDir returns the folder for what can be made again: mmt in the user's
// cache folder, else one of this user in the folder for temporary files.
func cacheDir() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("mmt-%d", os.Getuid()))
	if cache, err := os.UserCacheDir(); err == nil && os.MkdirAll(filepath.Join(cache, "mmt"), 0o700) == nil {
		dir = filepath.Join(cache, "mmt")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("no folder for compiled C: %w (set XDG_CACHE_HOME to a folder that can be written)", err)
	}
	return dir, checkPrivate(dir)
}

// checkPrivate refuses a folder that others can write to: they could put code
// there that this program runs.
func checkPrivate(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 || !ownedByUser(info) {
		return fmt.Errorf("%s: others can write to this folder (chmod 700 it, or set XDG_CACHE_HOME to another one)", dir)
	}
	return nil
}

// writeOnce writes a file unless it is there with these contents.
func writeOnce(name string, text []byte) error {
	if have, err := os.ReadFile(name); err == nil && string(have) == string(text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	return err
}
