// Package security verifies security properties on packets (manual section 4).
//
// An Engine holds the rules and what waits for them. It is attached to a
// dpi.Handler, whose packets it looks at on the handler's thread or on shards of
// its own, or it is fed with messages from elsewhere.
//
// A rule costs nothing until a packet could start it or advance one of its
// instances: events are found through an index on the constants of their
// conditions, waiting instances by hash on the attributes that must equal
// remembered ones, and time-outs by queues in the order of their ends. Equal
// conditions of different rules are evaluated once. Instances of one rule that
// remember the same values form a group, which a packet is compared with once.
//
// It does not know XML, rule files, reports or configurations.
package security
