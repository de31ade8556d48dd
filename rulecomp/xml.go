package rulecomp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep elements may lie in each other.
const maxDepth = 200

// element is an XML element.
type element struct {
	name     string
	attrs    []xml.Attr
	children []*element
	text     []byte // of <embedded_functions> only
	textLine int    // line where text starts
	line     int    // line of its "<"
	tag      []byte // its start tag, as the file has it
}

// attr returns the value of an attribute and whether it is there.
func (e *element) attr(name string) (string, bool) {
	for i := range e.attrs {
		if e.attrs[i].Name.Local == name && e.attrs[i].Name.Space == "" {
			return e.attrs[i].Value, true
		}
	}
	return "", false
}

// lineOf returns the line where the value of an attribute starts.
func (e *element) lineOf(name string) int {
	for at := 0; ; {
		i := bytes.Index(e.tag[at:], []byte(name))
		if i < 0 {
			return e.line
		}
		at += i + len(name)
		rest := bytes.TrimLeft(e.tag[at:], " \t\r\n")
		if len(rest) > 0 && rest[0] == '=' {
			return e.line + bytes.Count(e.tag[:len(e.tag)-len(rest)], []byte("\n"))
		}
	}
}

// reader builds the tree of a file.
type reader struct {
	data   []byte
	dec    *xml.Decoder
	offset int // up to where lines are counted
	line   int // line of offset
	root   *element
	open   []*element
}

// readXML reads an XML file. The error starts with the line.
func readXML(data []byte) (*element, error) {
	data = toUTF8(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	r := &reader{data: data, dec: xml.NewDecoder(bytes.NewReader(data)), line: 1}
	r.dec.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if isLatin1(charset) || strings.EqualFold(charset, "us-ascii") {
			return in, nil // toUTF8 has done it
		}
		return nil, fmt.Errorf("encoding %q is not known (use UTF-8)", charset)
	}
	for {
		token, err := r.dec.Token()
		if err == io.EOF && r.root == nil {
			return nil, errors.New("1: the file has no <beginning>")
		}
		if err == io.EOF {
			return r.root, nil
		}
		if err == nil {
			err = r.token(token)
		}
		if err != nil {
			return nil, r.explain(err)
		}
		r.advance()
	}
}

// advance moves the line count to the end of the current token.
func (r *reader) advance() {
	end := int(r.dec.InputOffset())
	r.line += bytes.Count(r.data[r.offset:end], []byte("\n"))
	r.offset = end
}

// explain adds line and mend to an error of the decoder.
func (r *reader) explain(err error) error {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%d: %w", r.line, err)
	}
	mend := ""
	switch {
	case strings.Contains(syntax.Msg, "entity"):
		mend = ` (write "&&" as "&amp;&amp;")`
	case strings.Contains(syntax.Msg, "unescaped <"):
		mend = ` (write "<" as "&lt;")`
	case strings.Contains(syntax.Msg, "UTF-8"):
		mend = " (save the file as UTF-8, or name its encoding in <?xml ... encoding=\"ISO-8859-1\"?>)"
	}
	return fmt.Errorf("%d: no well-formed XML: %s%s", syntax.Line, syntax.Msg, mend)
}

// token takes one token.
func (r *reader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		r.open = r.open[:len(r.open)-1]
	case xml.CharData:
		r.text(t)
	case xml.Comment: // its lines count in embedded C
		r.text(bytes.Repeat([]byte("\n"), countLines(t)))
	}
	return nil
}

func (r *reader) text(t []byte) {
	if n := len(r.open); n > 0 && r.open[n-1].name == "embedded_functions" {
		r.open[n-1].text = append(r.open[n-1].text, t...)
	}
}

// start opens an element.
func (r *reader) start(t xml.StartElement) error {
	end := int(r.dec.InputOffset())
	e := &element{name: t.Name.Local, attrs: t.Attr, line: r.line, tag: r.data[r.offset:end]}
	e.textLine = e.line + countLines(e.tag)
	switch {
	case len(r.open) >= maxDepth:
		return fmt.Errorf("elements lie deeper than %d in each other", maxDepth)
	case len(r.open) > 0:
		parent := r.open[len(r.open)-1]
		parent.children = append(parent.children, e)
	case r.root != nil:
		return fmt.Errorf("<%s> follows the end of <%s> (put all properties between one <beginning> and its </beginning>)", e.name, r.root.name)
	default:
		r.root = e
	}
	r.open = append(r.open, e)
	return nil
}

func countLines(b []byte) int { return bytes.Count(b, []byte("\n")) }

func isLatin1(charset string) bool {
	switch strings.ToLower(charset) {
	case "iso-8859-1", "iso8859-1", "latin1":
		return true
	}
	return false
}

// toUTF8 turns a file that declares ISO-8859-1 into UTF-8, so that offsets in
// the result are those that the decoder tells.
func toUTF8(data []byte) []byte {
	head, _, found := bytes.Cut(data[:min(len(data), 200)], []byte("?>"))
	_, encoding, declared := bytes.Cut(head, []byte("encoding="))
	if !found || !declared || len(encoding) == 0 {
		return data
	}
	name, _, _ := bytes.Cut(encoding[1:], encoding[:1])
	if !isLatin1(string(name)) {
		return data
	}
	out := make([]byte, 0, len(data)+len(data)/8)
	for _, c := range data {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}
