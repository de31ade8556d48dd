package probe

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mmt/analyzer"
	"mmt/analyzer/dpi"
	"mmt/config"
	"mmt/report"
	"mmt/suggest"
)

// attributeReports are the reports of attributes that the configuration asks for.
type attributeReports struct {
	events  []analyzer.Event
	queries []analyzer.Query
}

// newAttributeReports finds the attributes that the blocks event-report and
// query-report name. The error tells of all that are wrong, with their places.
func newAttributeReports(c *config.Config, reg *dpi.Registry) (r attributeReports, err error) {
	f := &attributeFinder{config: c, reg: reg}
	for i := range c.EventReports {
		if e := &c.EventReports[i]; e.Enable {
			r.events = append(r.events, f.event(e))
		}
	}
	for i := range c.QueryReports {
		if q := &c.QueryReports[i]; q.Enable {
			r.queries = append(r.queries, f.query(q))
		}
	}
	slices.SortStableFunc(f.errs, func(a, b *config.Error) int { return a.Pos.Line - b.Pos.Line })
	for _, wrong := range f.errs {
		err = errors.Join(err, wrong)
	}
	return r, err
}

// event turns a block event-report into what the analyzer wants.
func (f *attributeFinder) event(e *config.EventReport) analyzer.Event {
	f.begin("event-report", e.Title)
	event := analyzer.Event{
		Name: e.Title, Event: f.find("event", e.Event),
		Attributes: f.findAll("attributes", e.Attributes), Delta: f.findAll("delta-cond", e.DeltaCond),
		Output: channels(e.Enable, e.OutputChannel),
	}
	if e.OutputFormat != "" {
		event.Template, event.Attributes = f.template(e.OutputFormat)
	}
	return event
}

// attributeName finds what may be the name of an attribute: protocol.attribute or
// protocol.N.attribute.
var attributeName = regexp.MustCompile(`[A-Za-z0-9_]+(\.[0-9]+)?\.[A-Za-z0-9_]+`)

// template takes the option output-format apart. What looks like an attribute's
// name but begins with no protocol's is text.
func (f *attributeFinder) template(text string) (texts [][]byte, list []analyzer.Attribute) {
	rest := text
	var before strings.Builder
	for at := attributeName.FindStringIndex(rest); at != nil; at = attributeName.FindStringIndex(rest) {
		name := rest[at[0]:at[1]]
		before.WriteString(rest[:at[0]])
		rest = rest[at[1]:]
		a, err := config.ParseAttribute(name)
		if _, known := protocolOf(f.reg, a.Proto); err != nil || !known {
			before.WriteString(name)
			continue
		}
		texts = append(texts, report.OneLine(before.String()))
		before.Reset()
		list = append(list, f.find("output-format", a))
	}
	if len(list) == 0 {
		f.fail("output-format", "names no attribute (write protocol.attribute, as in ip.src, where its value belongs)")
	}
	return append(texts, report.OneLine(before.String()+rest)), list
}

// attributeFinder finds the attributes that a block of a configuration names.
type attributeFinder struct {
	config *config.Config
	reg    *dpi.Registry
	block  string // name and title, as options begin with
	shown  string // the same for people
	errs   []*config.Error
}

func (f *attributeFinder) begin(block, title string) {
	f.block, f.shown = block+"."+title, fmt.Sprintf("%s %q", block, title)
}

// fail notes that an option of the block is wrong.
func (f *attributeFinder) fail(option, what string, args ...any) {
	at := f.config.Where(f.block + "." + option)
	if at == (config.Pos{}) {
		at = f.config.Where(f.block)
	}
	f.errs = append(f.errs, &config.Error{Pos: at, What: fmt.Sprintf("%s: %s: ", f.shown, option) + fmt.Sprintf(what, args...)})
}

func (f *attributeFinder) findAll(option string, names []config.Attribute) (list []analyzer.Attribute) {
	for _, a := range names {
		list = append(list, f.find(option, a))
	}
	return list
}

// find returns the attribute of a name.
func (f *attributeFinder) find(option string, a config.Attribute) analyzer.Attribute {
	found, _ := f.typed(option, a)
	return found
}

// typed returns the attribute of a name and its type; after an error, that of
// nothing.
func (f *attributeFinder) typed(option string, a config.Attribute) (analyzer.Attribute, dpi.DataType) {
	if a == (config.Attribute{}) {
		f.fail(option, "no attribute is named (write %s = protocol.attribute, as in ip.src)", option)
		return analyzer.Attribute{}, dpi.Undefined
	}
	protocol, known := protocolOf(f.reg, a.Proto)
	if !known {
		f.fail(option, "protocol %s is unknown%s", a.Proto, meant(a.Proto, protocolNames(f.reg)))
		return analyzer.Attribute{}, dpi.Undefined
	}
	attribute := f.attribute(protocol, a.Name)
	if attribute == nil {
		near := suggest.Nearest(strings.ToLower(a.Name), f.attributes(protocol))
		if near != "" {
			near = f.reg.Name(protocol) + "." + near
		}
		f.fail(option, "attribute %s.%s is unknown%s", a.Proto, a.Name, didYouMean(near))
		return analyzer.Attribute{}, dpi.Undefined
	}
	return analyzer.Attribute{Protocol: protocol, ID: attribute.ID, Layer: a.Layer}, attribute.Type
}

// protocolOf finds a protocol by name, in whatever case.
func protocolOf(reg *dpi.Registry, name string) (dpi.ProtocolID, bool) {
	if id, known := reg.ID(name); known {
		return id, true
	}
	return reg.ID(strings.ToLower(name))
}

// attribute finds an attribute by name, in whatever case.
func (f *attributeFinder) attribute(protocol dpi.ProtocolID, name string) *dpi.Attribute {
	of := f.reg.Name(protocol)
	if _, a := f.reg.AttributeByName(of, name); a != nil {
		return a
	}
	_, a := f.reg.AttributeByName(of, strings.ToLower(name))
	return a
}

func protocolNames(reg *dpi.Registry) (names []string) {
	for p := range reg.Protocols {
		names = append(names, p.Name)
	}
	return names
}

func (f *attributeFinder) attributes(protocol dpi.ProtocolID) (names []string) {
	f.reg.Attributes(protocol, func(a *dpi.Attribute) bool {
		names = append(names, a.Name)
		return true
	})
	return names
}

func meant(word string, names []string) string {
	return didYouMean(suggest.Nearest(strings.ToLower(word), names))
}

func didYouMean(name string) string {
	if name == "" {
		return " (mmt-dpi attributes lists what there is)"
	}
	return fmt.Sprintf(" (did you mean %s?)", name)
}
