package rulecomp

import (
	"errors"
	"fmt"
	"io"
	"os"

	"mmt/analyzer/dpi"
	"mmt/analyzer/security/rule"
)

// maxFile is the size of the largest property file that is read, in bytes.
const maxFile = 16 << 20

// maxErrors is how many mistakes of one file are told.
const maxErrors = 100

// Compiler makes rules of property files. It may be used by several goroutines.
type Compiler struct {
	// Registry knows the protocols and attributes that expressions name.
	Registry *dpi.Registry
	// Functions are those registered in Go that expressions may call, by name,
	// beside the built-in ones. A function in the embedded C of a file goes
	// before one of the same name here, and that before a built-in one.
	Functions map[string]*rule.Function
}

// File is a property file that was read and checked.
type File struct {
	Path  string
	Rules []*rule.Rule // in the order of the file
	// Code is the text of all <embedded_functions>, in order, with empty lines in
	// between so that its line n is line CodeLine+n-1 of the file.
	Code     string
	CodeLine int
	// External are the functions that the embedded C must provide, with Call ==
	// nil: one for each name and kinds of arguments and result.
	External []*rule.Function
	// Reactions are the reactive functions of the rules, one for each name, with
	// Run == nil: the embedded C must provide them too.
	Reactions []*rule.Reaction
}

// ParseFile reads and checks a property file of at most 16 MiB.
func (c *Compiler) ParseFile(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	return c.Parse(path, data)
}

// Parse checks the text of a property file; path is for messages. The error
// joins one error for each mistake, `FILE:LINE: rule 4, event 2: ... (mend)`.
func (c *Compiler) Parse(path string, data []byte) (*File, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: the file is larger than %d MiB: split it", path, maxFile>>20)
	}
	root, err := readXML(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	u := &unit{compiler: c, file: &File{Path: path}}
	u.compile(root)
	if more := u.mistakes - len(u.errs); more > 0 {
		u.errs = append(u.errs, fmt.Errorf("%s: and %d more errors", path, more))
	}
	if u.mistakes > 0 {
		return nil, errors.Join(u.errs...)
	}
	return u.file, nil
}

// unit is the state of compiling one file.
type unit struct {
	compiler *Compiler
	file     *File
	code     *cCode
	errs     []error // of the first mistakes
	mistakes int
	lines    map[uint32]int // of each property, by id
	external map[string]*rule.Function
	reaction map[string]*rule.Reaction
	words    map[string]reference // attributes looked up, as expressions write them
}

// failf notes a mistake. where is empty or ends with ": ".
func (u *unit) failf(line int, where, format string, args ...any) {
	u.mistakes++
	if u.mistakes <= maxErrors {
		u.errs = append(u.errs, fmt.Errorf("%s:%d: %s%s", u.file.Path, line, where, fmt.Sprintf(format, args...)))
	}
}

// compile compiles the tree of a file.
func (u *unit) compile(root *element) {
	if root.name != "beginning" {
		u.failf(root.line, "", "the file starts with <%s> (put its properties between <beginning> and </beginning>)", root.name)
		return
	}
	u.lines = map[uint32]int{}
	u.external = map[string]*rule.Function{}
	u.reaction = map[string]*rule.Reaction{}
	u.words = map[string]reference{}
	u.checkAttributes(root, "", nil)
	u.gatherCode(root)
	u.code = scanC(u.file.Code)
	for _, e := range root.children {
		switch e.name {
		case "property":
			u.property(e)
		case "embedded_functions":
			u.checkAttributes(e, "", nil)
		default:
			u.failf(e.line, "", "unknown element <%s>%s", e.name, didYouMean(e.name, []string{"property", "embedded_functions"}))
		}
	}
	if len(u.file.Rules) == 0 && u.mistakes == 0 && u.file.Code == "" {
		u.failf(root.line, "", "the file has no <property>")
	}
}

// gatherCode joins the embedded C of the file, each piece on its own lines.
func (u *unit) gatherCode(root *element) {
	var code []byte
	next := 0 // line of the file that the next byte of code stands for
	for _, e := range root.children {
		if e.name != "embedded_functions" {
			continue
		}
		if u.file.CodeLine == 0 {
			u.file.CodeLine, next = e.textLine, e.textLine
		} else {
			code, next = append(code, '\n'), next+1
		}
		for ; next < e.textLine; next++ {
			code = append(code, '\n')
		}
		code = append(code, e.text...)
		next += countLines(e.text)
	}
	u.file.Code = string(code)
}

// Function returns the function that Go provides under a name: one of
// c.Functions, else a built-in one, else nil.
func (c *Compiler) Function(name string) *rule.Function {
	if f := c.Functions[name]; f != nil {
		return f
	}
	return builtins[name]
}
