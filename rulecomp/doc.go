// Package rulecomp is the front end of the compiler of security properties
// (manual sections 4.1 and 4.2): it reads property files in XML, checks them,
// and makes the rules that package security runs. A mistake in a file gives an
// error that names the file, the line, the rule, the event and the mend.
//
// The embedded C of a file is handed over as text: compiling it, and rule files
// that are compiled already (.so), belong to the packages below this one. It
// knows no packets.
//
// # Where the manual leaves a choice
//
//   - type_property that is not given is SECURITY. Its value, and that of value,
//     may be in upper or lower case.
//   - A property without value must have one single event (COMPUTE).
//   - A window written [0, 0] beside one that is not [0, 0] is as one that is not
//     written, since that is the default: it does not bind.
//   - A bracket that is open at the end of an expression is closed there.
//   - A condition compared with true, 1 or != 0 stays as it is; compared with
//     false or 0 it is turned round: == becomes !=, && becomes ||, and so on. A
//     comparison with an absent operand is false either way.
//   - Text and unknown attributes: text between tags is ignored as XML tools
//     ignore it, an unknown attribute is an error, but not xmlns and xml:*.
package rulecomp
