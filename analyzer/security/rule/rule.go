package rule

import "mmt/analyzer/dpi"

// Type says what a property specifies (attribute type_property).
type Type uint8

// The types of properties.
const (
	Attack Type = iota
	Evasion
	Security
	Test
)

var typeNames = [...]string{"attack", "evasion", "security", "test"}

// String returns the type as reports write it.
func (t Type) String() string { return typeNames[t&3] }

// Rule is one property. It does not change once made, and may be shared.
type Rule struct {
	ID          uint32
	Type        Type
	Description string
	Root        *Node
	Events      []Event     // event N of the property is Events[N-1]
	Attributes  []Attribute // all that it reads, by protocol id, attribute id, layer
	Reaction    *Reaction   // if_satisfied, nil if there is none
	Source      string      // file and line that it was read from
}

// Attribute is an attribute that a rule reads.
type Attribute struct {
	Protocol dpi.ProtocolID
	ID       dpi.AttributeID
	Layer    int    // nth occurrence of the protocol in the path, 0: by ip-encapsulation-index
	Name     string // "ip.src", with the layer "ip.2.src"
	Type     dpi.DataType
	Flag     bool // counts as absent when it is 0, as the TCP flags do
}

// Event is a condition on one packet.
type Event struct {
	Description string
	Expr        *Expr
	// Needs are the attributes that a packet must carry for the event to be
	// looked at, as indexes in the rule's Attributes, ascending: those of its
	// own expression, except what is_exist asks for, and those that other events
	// reference from it. A verdict's history tells them.
	Needs []int
}

// NodeOp is what a node of the tree does.
type NodeOp uint8

// The nodes. Left is the context, Right the trigger.
const (
	Leaf NodeOp = iota // one event
	Then               // Right holds within the window after Left; with a negative window, before it
	And                // Left then Right, or Right then Left
	Or                 // Left or Right
	Not                // Right does not hold within the window after Left
)

var nodeOpNames = [...]string{"EVENT", "THEN", "AND", "OR", "NOT"}

// String returns the operator's name.
func (o NodeOp) String() string { return nodeOpNames[o] }

// Node is an event or an operator on two nodes.
type Node struct {
	Op          NodeOp
	Event       int // of a Leaf, from 1
	Left, Right *Node
	Delay       Window // microseconds of packet time
	Count       Window // packets
	// HasDelay and HasCount tell which windows bind. A node that gives none has
	// the delay [0, 0], the same packet.
	HasDelay, HasCount bool
	// Repeat is how many times the node must hold (repeat_times), at least 1:
	// each occurrence within Delay.Max (Count.Max) after the one before, on a
	// later packet.
	Repeat      int
	Description string
}

// Window is a closed interval, relative to the packet that completed the
// context. Min <= Max; negative values lie before it.
type Window struct {
	Min, Max int64
}

// Reaction is a reactive function. Run is called with each verdict of the rule
// that its type counts as satisfied: detected or not_respected.
type Reaction struct {
	Name string
	Run  func(*Verdict)
}
