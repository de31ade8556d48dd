// Package report holds the probe's report records and turns them into lines
// of text, CSV or JSON. One record type is one kind of report; one file is one
// record type, so that a new kind is one more file.
//
// The package knows plain values only: integers, addresses, byte slices. It
// does not know where the values come from (packets, sessions, rules) nor
// where the lines go (files, buses, databases).
//
// # Lines
//
// A line has no line end of its own and never contains one, whatever bytes the
// network sent. It starts with the four fields that all reports share: format
// id, probe id, source, timestamp. CSV separates fields by commas, puts strings
// in double quotes and lists in square brackets; a reader that does not know
// lists sees their elements as fields of their own. JSON is one array holding
// the same fields in the same order: numbers as numbers, timestamps as numbers
// with six decimals, strings as strings, lists as arrays. The history of a
// verdict is a JSON object in both, the same to the byte.
//
// # Strings from the network
//
// Host names, URIs and the like are whatever a hostile packet says. They are made
// safe:
//
//   - control characters (C0, DEL, C1) and the Unicode line and paragraph
//     separators become '.', one each;
//   - a byte that is no part of valid UTF-8 becomes '.';
//   - a double quote and a backslash have a backslash before them in JSON, and
//     become '.' in CSV, as readers of it do not agree on an escape: some want
//     quotes doubled (RFC 4180, section 2), others put a line in brackets and read
//     it as JSON, and either kind would fail at what the other wants;
//   - fields with a limit (see the Max constants) are cut before all that.
//
// The history of a verdict knows no escape: all but printable ASCII, and quotes
// and backslashes too, become '.', one each byte.
//
// # Speed
//
// Append methods only append: no allocation while dst has room, no locks, no
// reflection. An Encoder is read-only after NewEncoder and may be shared.
package report
