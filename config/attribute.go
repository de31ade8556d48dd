package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Attribute names an attribute of a protocol, as in ip.src, or of one layer of
// a protocol that a packet has several times, as in ip.2.src.
type Attribute struct {
	Proto string
	Layer int // from 1; 0: not said
	Name  string
}

// String gives "proto.name" or "proto.layer.name".
func (a Attribute) String() string {
	switch {
	case a == Attribute{}:
		return ""
	case a.Layer == 0:
		return a.Proto + "." + a.Name
	}
	return a.Proto + "." + strconv.Itoa(a.Layer) + "." + a.Name
}

// maxLayer bounds the layer number: no sound packet has so many.
const maxLayer = 255

// ParseAttribute checks the shape of an attribute's name; whether there is
// such an attribute is not known here.
func ParseAttribute(s string) (Attribute, error) {
	parts := strings.Split(strings.TrimSpace(s), ".")
	bad := notA(s, "an attribute (proto.attribute or proto.N.attribute, as in ip.src or ip.2.src)")
	if len(parts) < 2 || len(parts) > 3 {
		return Attribute{}, bad
	}
	a := Attribute{Proto: parts[0], Name: parts[len(parts)-1]}
	if len(parts) == 3 {
		n, ok := parseInt(parts[1], 1, maxLayer)
		if !ok {
			return Attribute{}, bad
		}
		a.Layer = int(n)
	}
	if !isIdent(a.Proto) || !isIdent(a.Name) || isDigits(a.Name) {
		return Attribute{}, bad
	}
	return a, nil
}

// parseEvent reads an attribute that may be left out.
func parseEvent(s string) (Attribute, error) {
	if s == "" {
		return Attribute{}, nil
	}
	return ParseAttribute(s)
}

func isIdent(s string) bool {
	odd := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
	}
	return s != "" && strings.IndexFunc(s, odd) < 0
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// Operator is a function over the values of a group of packets.
type Operator string

// The operators. OpDiff works on each value and the one before it, the others
// give one value a group.
const (
	OpSum   Operator = "sum"
	OpCount Operator = "count"
	OpAvg   Operator = "avg"
	OpVar   Operator = "var"
	OpDiff  Operator = "diff"
	OpLast  Operator = "last"
	OpFirst Operator = "first"
)

var operators = []Operator{OpSum, OpCount, OpAvg, OpVar, OpDiff, OpLast, OpFirst}

// Select is one figure of a query: operators applied to an attribute, as in
// avg(diff(meta.utime)). Every operator takes one argument, so the tree is a
// chain.
type Select struct {
	Operators []Operator // outermost first, empty for the bare attribute
	Attribute Attribute
}

// String gives the text that ParseSelect reads.
func (s Select) String() string {
	var text strings.Builder
	for _, op := range s.Operators {
		text.WriteString(string(op) + "(")
	}
	text.WriteString(s.Attribute.String())
	text.WriteString(strings.Repeat(")", len(s.Operators)))
	return text.String()
}

// maxNesting bounds the operators around one attribute.
const maxNesting = 8

// ParseSelect reads an attribute with operators around it.
func ParseSelect(s string) (Select, error) {
	var sel Select
	rest := strings.TrimSpace(s)
	for {
		name, arg, isCall := strings.Cut(rest, "(")
		if !isCall {
			var err error
			sel.Attribute, err = ParseAttribute(rest)
			return sel, err
		}
		op, err := parseOperator(strings.TrimSpace(name))
		if err != nil {
			return Select{}, err
		}
		if !strings.HasSuffix(arg, ")") {
			return Select{}, fmt.Errorf("%q has parentheses that do not match (write avg(diff(meta.utime)))", clip(s))
		}
		if sel.Operators = append(sel.Operators, op); len(sel.Operators) > maxNesting {
			return Select{}, fmt.Errorf("more than %d operators around one attribute (remove some)", maxNesting)
		}
		rest = strings.TrimSpace(arg[:len(arg)-1])
	}
}

func parseOperator(s string) (Operator, error) {
	if s == "" {
		return "", errors.New(`an operator is missing before "(" (` + oneOf(operators) + ")")
	}
	i := slices.Index(operators, Operator(strings.ToLower(s)))
	if i < 0 {
		return "", notA(s, "an operator ("+oneOf(operators)+")")
	}
	return operators[i], nil
}
