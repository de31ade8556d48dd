package embedded

import (
	"slices"
	"sync"
	"unsafe"

	"mmt/analyzer/security/rule"
)

// ruleInfo is rule_info_t of mmt_lib.h.
type ruleInfo struct {
	id             uint32
	typeID         uint32
	typeString     uintptr
	description    uintptr
	ifSatisfied    uintptr
	_              uintptr // if_not_satisfied, NULL
	eventsCount    uint32
	variablesCount uint32
	events         uintptr
}

// ruleEvent is rule_event_t.
type ruleEvent struct {
	id          uint32
	description uintptr
}

// trace is struct mmt_trace.
type trace struct {
	count uint64
	data  uintptr
	json  uintptr
}

// message is message_t.
type message struct {
	timestamp uint64
	counter   uint64
	count     uint64
	elements  uintptr
}

// element is message_element_t.
type element struct {
	protocol  uint32
	attribute uint32
	dataType  int32
	data      uintptr
}

// Types of an element's data (enum data_type).
const (
	dataNumeric = iota
	dataString
	dataBinary
)

// infos are the rules as C sees them.
type infos struct {
	arena arena
	of    map[*rule.Rule]uintptr
}

// newInfos lays out the rules that have a reactive function.
func newInfos(rules []*rule.Rule) (*infos, error) {
	size := 0
	for _, r := range rules {
		size += int(unsafe.Sizeof(ruleInfo{})) + 5*alignment + len(r.Description) + len(r.Type.String())
		if r.Reaction != nil {
			size += len(r.Reaction.Name) + 1
		}
		for i := range r.Events {
			size += int(unsafe.Sizeof(ruleEvent{})) + 2*alignment + len(r.Events[i].Description)
		}
	}
	memory, err := mapMemory(size + 1)
	if err != nil {
		return nil, err
	}
	in := &infos{arena: arena{memory: memory}, of: map[*rule.Rule]uintptr{}}
	for _, r := range rules {
		if r.Reaction != nil {
			in.add(r)
		}
	}
	return in, nil
}

func (in *infos) add(r *rule.Rule) {
	a := &in.arena
	info, address := place[ruleInfo](a, 1)
	events, list := place[ruleEvent](a, len(r.Events))
	for i := range r.Events {
		events[i] = ruleEvent{id: uint32(i + 1), description: a.text([]byte(r.Events[i].Description))}
	}
	info[0] = ruleInfo{
		id: r.ID, typeID: uint32(r.Type), typeString: a.text([]byte(r.Type.String())), description: a.text([]byte(r.Description)),
		ifSatisfied: a.text([]byte(r.Reaction.Name)), eventsCount: uint32(len(r.Events)), variablesCount: uint32(len(r.Attributes)), events: list,
	}
	in.of[r] = address
}

// reaction is a reactive function and the code that it calls.
type reaction struct{ bound }

// reacting is what the reactive functions of a module share: one runs at a time.
type reacting struct {
	sync.Mutex
	caller *caller
	json   []byte
}

// bindReaction makes r run the code at entry.
func (m *Module) bindReaction(r *rule.Reaction, entry uintptr, rules []*rule.Rule) {
	x := &reaction{bound{m: m, name: r.Name, entry: entry}}
	for _, user := range rules {
		if user.Reaction == r && !slices.Contains(x.rules, user.ID) {
			x.rules = append(x.rules, user.ID)
		}
	}
	r.Run = x.run
}

// verdicts are the outcomes as C counts them (enum verdict_type).
var verdicts = [...]float64{rule.Detected: 0, rule.Respected: 2, rule.NotRespected: 3}

// run calls a reactive function with a verdict.
func (x *reaction) run(v *rule.Verdict) {
	if x.disabled.Load() || x.m.closed.Load() {
		return
	}
	shared := &x.m.reacting
	shared.Lock()
	c := shared.caller
	f := c.begin(x.entry)
	a := &c.arenas[c.next]
	f.arguments[0].pointer = x.m.infos.of[v.Rule]
	f.arguments[1].number = verdicts[v.Outcome]
	f.arguments[2].pointer = uintptr(v.Time / 1000)
	f.arguments[3].pointer = uintptr(v.Counter)
	shared.json = v.AppendHistory(shared.json[:0])
	f.arguments[4].pointer = a.trace(v, shared.json)
	invoke(x.m.table.invoke, c.address(f))
	outcome := *f
	shared.Unlock()
	if outcome.status != 0 {
		x.disable(&outcome)
	}
}

// trace lays out the history of a verdict; element n is that of event n + 1.
func (a *arena) trace(v *rule.Verdict, json []byte) uintptr {
	t, address := place[trace](a, 1)
	list, data := place[uintptr](a, len(v.Rule.Events))
	if t == nil || list == nil {
		return 0
	}
	clear(list)
	t[0] = trace{count: uint64(len(list)), data: data, json: a.text(json)}
	for i := range v.History {
		o := &v.History[i]
		list[o.Event-1] = a.message(v.Rule, o)
	}
	return address
}

func (a *arena) message(r *rule.Rule, o *rule.Occurrence) uintptr {
	m, address := place[message](a, 1)
	elements, list := place[element](a, len(o.Values))
	if m == nil || elements == nil {
		return 0
	}
	m[0] = message{timestamp: uint64(o.Time / 1000), counter: o.Counter, count: uint64(len(elements)), elements: list}
	needs := r.Events[o.Event-1].Needs
	for i := range o.Values {
		at := &r.Attributes[needs[i]]
		elements[i] = element{protocol: uint32(at.Protocol), attribute: uint32(at.ID)}
		a.element(&elements[i], fromHistory(&o.Values[i]))
	}
	return address
}

// element lays out one value.
func (a *arena) element(e *element, v rule.Value) {
	if v.Type.IsNumber() {
		number, address := place[float64](a, 1)
		if number != nil {
			number[0] = v.Num
		}
		e.dataType, e.data = dataNumeric, address
		return
	}
	e.dataType = dataBinary
	if v.Type.IsText() {
		e.dataType = dataString
	}
	var arg argument
	a.put(&arg, &v)
	e.data = arg.pointer
}
