package reconstruct

import "mmt/report"

// Kind is the protocol that carried a file; each has a folder.
type Kind uint8

// The kinds of files.
const (
	HTTP Kind = iota
	FTP
	kinds
)

// Coding is how a body is packed or framed.
type Coding uint8

// Codings of content and transfer, RFC 9110 section 8.4.1, RFC 9112 section 7.
const (
	Identity Coding = iota
	Chunked         // the framing has been taken off already
	Gzip
	Compress
	Deflate
	Brotli
	OtherCoding
)

// The status of report 301.
const (
	Whole       = 0 // all bytes, decoded
	Incomplete  = 1 // bytes are missing
	Undecoded   = 2 // the bytes as they came: they do not decode, or would be too many
	Unsupported = 3 // the bytes as they came: nobody knows their coding
)

// File is what the session tells of a file that has come to its end.
type File struct {
	Kind     Kind
	Host     []byte
	URI      []byte // or the name of the file
	MIME     []byte
	Content  Coding
	Transfer Coding
	Cut      bool // bytes of the body were not seen, or not handed over

	Report report.Reconstruction // but Status and Path, which Done gets to know
}
