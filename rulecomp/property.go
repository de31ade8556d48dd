package rulecomp

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mmt/analyzer/security/rule"
	"mmt/suggest"
)

// The attributes of each element (tables 1 to 4 of the manual).
var (
	windowAttributes = []string{"delay_units", "delay_min", "delay_max", "counter_min", "counter_max"}

	propertyAttributes = append([]string{"value", "property_id", "type_property", "description",
		"if_satisfied", "if_not_satisfied"}, windowAttributes...)
	operatorAttributes = append([]string{"value", "description", "repeat_times"}, windowAttributes...)
	eventAttributes    = []string{"value", "event_id", "description", "boolean_expression"}
)

// maxAttributes is how many attributes an element may have.
const maxAttributes = 64

// didYouMean returns " (did you mean X?)" with the nearest of the names, or "".
func didYouMean(name string, names []string) string {
	if near := suggest.Nearest(name, names); near != "" {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	return ""
}

// checkAttributes notes the attributes of e that are none of the known ones, or
// there twice.
func (u *unit) checkAttributes(e *element, where string, known []string) {
	if len(e.attrs) > maxAttributes {
		u.failf(e.line, where, "<%s> has more than %d attributes", e.name, maxAttributes)
		return
	}
	for i, a := range e.attrs {
		name := a.Name.Local
		switch {
		case a.Name.Space != "" || name == "xmlns":
		case !slices.Contains(known, name):
			u.failf(e.lineOf(name), where, "<%s> has no attribute %q%s", e.name, name, didYouMean(name, known))
		case slices.ContainsFunc(e.attrs[:i], func(b xml.Attr) bool { return b.Name == a.Name }):
			u.failf(e.lineOf(name), where, "<%s> has the attribute %s twice", e.name, name)
		}
	}
}

// prop is the state of compiling one property.
type prop struct {
	*unit
	rule   *rule.Rule
	where  string // "rule 4: ", empty as long as the number is not known
	events []*event
	attrs  []rule.Attribute
}

// event is an event of the property, in the order of the file.
type event struct {
	el     *element
	id     int
	leaf   *rule.Node // its place in the tree
	uses   []use
	exempt []int // attributes that is_exist asks for: they need not be there
	check  rule.Event
}

// failIn notes a mistake in an attribute of an element of the property.
func (p *prop) failIn(e *element, attribute, format string, args ...any) {
	p.failf(e.lineOf(attribute), p.where, format, args...)
}

// property compiles one property.
func (u *unit) property(e *element) {
	p := &prop{unit: u}
	p.rule = &rule.Rule{Source: u.file.Path + ":" + strconv.Itoa(e.line)}
	p.rule.ID = p.id(e)
	if p.rule.ID != 0 {
		p.where = fmt.Sprintf("rule %d: ", p.rule.ID)
	}
	u.checkAttributes(e, p.where, propertyAttributes)
	before := u.mistakes
	p.rule.Description, _ = e.attr("description")
	p.rule.Type = p.typeOf(e)
	p.rule.Reaction = p.reactionOf(e)
	p.rule.Root = p.root(e)
	if len(p.events) == 0 {
		if u.mistakes == before {
			p.failf(e.line, p.where, "the property has no <event>")
		}
		return
	}
	if !p.number() {
		return
	}
	p.compileEvents()
	if u.mistakes == before {
		p.checkTree(e)
		p.finish()
		u.file.Rules = append(u.file.Rules, p.rule)
	}
}

// id reads property_id.
func (p *prop) id(e *element) uint32 {
	text, ok := e.attr("property_id")
	if !ok {
		p.failf(e.line, "", "<property> has no property_id (give it a number that no other property has)")
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil || n == 0 {
		p.failIn(e, "property_id", "property_id %q is no number from 1 to %d", text, uint32(1<<32-1))
		return 0
	}
	id := uint32(n)
	if line, taken := p.lines[id]; taken {
		p.failIn(e, "property_id", "rule %d is there twice, first in line %d (give one of them another property_id)", id, line)
	} else {
		p.lines[id] = e.line
	}
	return id
}

var types = map[string]rule.Type{
	"ATTACK": rule.Attack, "EVASION": rule.Evasion, "SECURITY": rule.Security, "TEST": rule.Test,
}

// typeOf reads type_property.
func (p *prop) typeOf(e *element) rule.Type {
	text, ok := e.attr("type_property")
	if !ok {
		return rule.Security
	}
	name := strings.ToUpper(strings.TrimSpace(text))
	t, ok := types[name]
	if !ok {
		names := []string{"ATTACK", "EVASION", "SECURITY", "TEST"}
		p.failIn(e, "type_property", "unknown type_property %q%s", text, orOneOf(name, names))
	}
	return t
}

// orOneOf names the nearest of a few names, or else all of them.
func orOneOf(name string, names []string) string {
	if hint := didYouMean(name, names); hint != "" {
		return hint
	}
	return " (it is one of " + strings.Join(names, ", ") + ")"
}

// reactionOf reads if_satisfied.
func (p *prop) reactionOf(e *element) *rule.Reaction {
	if text, _ := e.attr("if_not_satisfied"); strings.TrimSpace(text) != "" {
		p.failIn(e, "if_not_satisfied", "if_not_satisfied is not supported: functions react to verdicts only (use if_satisfied)")
	}
	text, _ := e.attr("if_satisfied")
	name := strings.TrimSpace(text)
	if name == "" {
		return nil
	}
	if !isIdentifier(name) {
		p.failIn(e, "if_satisfied", "if_satisfied %q is no name of a C function", name)
		return nil
	}
	if !p.code.mayHave(name) {
		p.failIn(e, "if_satisfied", "unknown function %s%s", name, p.code.orMissing(name))
		return nil
	}
	r := p.reaction[name]
	if r == nil {
		r = &rule.Reaction{Name: name}
		p.reaction[name] = r
		p.file.Reactions = append(p.file.Reactions, r)
	}
	return r
}

// number gives events their identifiers, in rule.Events' order afterwards, and
// reports whether they are fit for use.
func (p *prop) number() bool {
	before := p.mistakes
	given := 0
	for _, ev := range p.events {
		if _, ok := ev.el.attr("event_id"); ok {
			given++
		}
	}
	for i, ev := range p.events {
		ev.id = i + 1
		if given > 0 {
			ev.id = p.eventID(ev.el)
		}
	}
	if p.mistakes == before {
		p.checkIDs()
	}
	if p.mistakes > before {
		return false
	}
	slices.SortFunc(p.events, func(a, b *event) int { return a.id - b.id })
	for _, ev := range p.events {
		ev.leaf.Event = ev.id
	}
	return true
}

// eventID reads event_id of a property where some event has one.
func (p *prop) eventID(e *element) int {
	text, ok := e.attr("event_id")
	if !ok {
		p.failf(e.line, p.where, "<event> has no event_id, others have (number them from 1, or leave all out)")
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 {
		p.failIn(e, "event_id", "event_id %q is no number from 1", text)
	}
	return n
}

// checkIDs notes identifiers that are there twice or missing.
func (p *prop) checkIDs() {
	seen := map[int]*event{}
	for _, ev := range p.events {
		if first := seen[ev.id]; first != nil {
			p.failIn(ev.el, "event_id", "event_id %d is there twice, first in line %d", ev.id, first.el.line)
			return
		}
		seen[ev.id] = ev
	}
	for _, ev := range p.events {
		if ev.id > len(p.events) {
			missing := 1
			for seen[missing] != nil {
				missing++
			}
			p.failIn(ev.el, "event_id", "event_id %d: the property has %d events, none with event_id %d (number them from 1 without gaps)",
				ev.id, len(p.events), missing)
			return
		}
	}
}
