package application

import (
	"encoding/binary"

	"mmt/analyzer/dpi"
)

// httpTexts are the texts of a transaction, by field: one block of the store
// with entry after entry as they came, each with its field, the length of the
// text in two bytes, and the text. The zero value has none.
type httpTexts dpi.Blob

// httpTextHeader is the size of an entry without its text, bytes.
const httpTextHeader = 3

// set gives a field a text, in place of the one that it has. Nothing is kept of
// a text that the store has no room for.
func (t *httpTexts) set(store *dpi.Store, field httpField, text []byte) {
	t.remove(store, field)
	if len(text) == 0 {
		return
	}
	b, entry := store.Extend(dpi.Blob(*t), httpTextHeader+len(text))
	*t = httpTexts(b)
	if entry != nil {
		entry[0] = byte(field)
		binary.NativeEndian.PutUint16(entry[1:], uint16(len(text)))
		copy(entry[httpTextHeader:], text)
	}
}

// get returns the text of a field, nil if it has none.
func (t httpTexts) get(store *dpi.Store, field httpField) []byte {
	for rest := store.Bytes(dpi.Blob(t)); len(rest) > 0; {
		var text []byte
		var f httpField
		if f, text, rest = nextHTTPText(rest); f == field {
			return text
		}
	}
	return nil
}

// remove takes the entry of a field out.
func (t httpTexts) remove(store *dpi.Store, field httpField) {
	all := store.Bytes(dpi.Blob(t))
	for rest := all; len(rest) > 0; {
		entry := rest
		var f httpField
		if f, _, rest = nextHTTPText(entry); f == field {
			copy(entry, rest)
			store.Truncate(dpi.Blob(t), len(all)-len(entry)+len(rest))
			return
		}
	}
}

// free gives the block back.
func (t *httpTexts) free(store *dpi.Store) {
	store.Free(dpi.Blob(*t))
	*t = 0
}

// nextHTTPText splits the first entry off entries that set has written.
func nextHTTPText(b []byte) (field httpField, text, rest []byte) {
	end := httpTextHeader + int(binary.NativeEndian.Uint16(b[1:]))
	return httpField(b[0]), b[httpTextHeader:end:end], b[end:]
}
