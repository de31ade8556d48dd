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
//   - Only THEN may have a window that starts below 0, and then its delays and its
//     counters do if both bind. Of the others, an AND has no order to turn round
//     and a NOT says the same with its children swapped.
//   - C THEN (NOT X), a NOT of one child, is C NOT X; the window on the NOT, if it
//     has one, goes before that on the THEN. The window of an OR means nothing.
//   - if_not_satisfied, which only the print-out of rule_info names, is an error.
//   - A bracket that is open at the end of an expression is closed there, and the
//     outermost brackets may be left out.
//   - && inside && and || inside || are one list of conditions.
//   - A condition compared with true, 1 or != 0 stays as it is; compared with
//     false or 0 it is turned round: == becomes !=, && becomes ||, and so on. A
//     comparison with an absent operand is false either way.
//   - Strings have the escapes of C: \\ \' \" \n \t \r \0 \xHH.
//   - An attribute inside #is_exist need not be there for the event to be looked
//     at, wherever else in the event it stands. #is_exist asks the packet at hand:
//     it takes no attribute of another event.
//   - ip.2.src is the second IP layer, ip.src.2 the address of event 2, ip.2.src.1
//     both.
//   - A call of embedded C gives bytes where it is compared with bytes or is an
//     argument that must be bytes, a number everywhere else.
//   - Text between tags is ignored as XML tools ignore it; an unknown attribute is
//     an error, but not xmlns and those with a prefix.
package rulecomp
