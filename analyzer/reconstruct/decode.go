package reconstruct

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
)

// Errors of decoding.
var (
	errUnsupported = errors.New("a coding that is not supported")
	errBomb        = errors.New("a body that becomes too large when it is decoded")
)

// decoder undoes a coding. Of data that is cut it gives what there is, and then
// io.ErrUnexpectedEOF.
func decoder(r io.Reader, c Coding) (io.Reader, error) {
	switch c {
	case Identity, Chunked:
		return r, nil
	case Gzip:
		return newGunzip(r)
	case Deflate:
		return newInflate(r)
	case Brotli:
		return brotli.NewReader(r), nil
	}
	return nil, errUnsupported
}

// gunzip reads the members of a gzip file (RFC 1952 section 2.2). What follows the
// first one and is none is passed over, as browsers do.
type gunzip struct {
	in *bufio.Reader
	z  *gzip.Reader
}

func newGunzip(r io.Reader) (io.Reader, error) {
	g := &gunzip{in: bufio.NewReader(r)}
	var err error
	if g.z, err = gzip.NewReader(g.in); err != nil {
		return nil, cut(err)
	}
	g.z.Multistream(false)
	return g, nil
}

func (g *gunzip) Read(b []byte) (int, error) {
	for {
		n, err := g.z.Read(b)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if n > 0 {
			return n, nil // the end comes again
		}
		if g.z.Reset(g.in) != nil {
			return 0, io.EOF
		}
		g.z.Multistream(false)
	}
}

// newInflate reads what HTTP calls deflate: the zlib format (RFC 1950), or, as some
// servers send it, the deflate data alone (RFC 1951).
func newInflate(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	head, err := in.Peek(2)
	if err != nil {
		return nil, cut(err)
	}
	if head[0]&15 == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(in)
	}
	return flate.NewReader(in), nil
}

// cut calls the end of data before anything could be decoded by its name.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ratioFrom is the size from which on a body is judged by how much it has grown:
// small ones may grow a lot.
const ratioFrom = 1 << 20

// bounded writes decoded bytes, of which there may be limit and no more than ratio
// times as many as were read; 0 is no bound.
type bounded struct {
	w     io.Writer
	out   int64
	in    *counted
	limit int64
	ratio int64
}

func (b *bounded) Write(p []byte) (int, error) {
	b.out += int64(len(p))
	if b.limit > 0 && b.out > b.limit || b.ratio > 0 && b.out > ratioFrom && b.out/b.ratio > b.in.n {
		return 0, errBomb
	}
	return b.w.Write(p)
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// decode writes a body without its codings: that of the transfer first, which is
// the outer one.
func decode(w *bounded, body io.Reader, transfer, content Coding) error {
	w.in = &counted{r: body}
	var r io.Reader = w.in
	for _, c := range [...]Coding{transfer, content} {
		var err error
		if r, err = decoder(r, c); err != nil {
			return err
		}
	}
	_, err := io.Copy(w, r)
	return err
}
